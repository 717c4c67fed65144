import { beforeAll, describe, expect, test } from 'bun:test';
import { newTaskId } from '@millrace/db';
import { call, connectOverHttp } from '../mcp/connect.ts';
import { startMcpOverHttp } from '../mcp/mcp-process.ts';
import { follow, rawCall, rawPost } from '../mcp/raw-client.ts';
import { change } from '../mcp/tasks.ts';
import { shared } from '../shared.ts';
import { createTestDatabase } from '../test-database.ts';
import { eventually } from '../waiting.ts';
import { makeKey, type TestKey } from './make-key.ts';
import { makeOwnedTasks, type OwnedTasks, SECRET, storedOf } from './owned-tasks.ts';

let ada: TestKey;
let stranger: TestKey;
let tasks: OwnedTasks;
const database = shared(createTestDatabase);
const mcp = shared(() => startMcpOverHttp({ DATABASE_URL: database.url, MCP_AUTH: 'token' }));
beforeAll(async () => {
  ada = await makeKey(database.db, { name: 'ada' });
  stranger = await makeKey(database.db, { name: 'stranger' });
  tasks = await makeOwnedTasks(database.db, 'ada');
}, 60_000);

/** How to call each tool; a new one has to be added here. */
const ARGUMENTS: Record<string, (id: string) => Record<string, unknown>> = {
  submit_task: () => ({ prompt: 'calculate 1+1' }),
  wait_for_task: (task_id) => ({ task_id, timeout_seconds: 1 }),
  get_task_status: (task_id) => ({ task_id }),
  get_task_result: (task_id) => ({ task_id }),
  get_task: (task_id) => ({ task_id }),
  get_task_timeline: (task_id) => ({ task_id }),
  list_tasks: () => ({}),
  get_queue_stats: () => ({}),
  list_models: () => ({}),
  cancel_task: (task_id) => ({ task_id }),
  retry_task: (task_id) => ({ task_id }),
};

/** Everything shown of the task, if anything is. */
function expectNothing(what: string, told: string, asked: string): void {
  expect([what, told.includes(SECRET)]).toEqual([what, false]);
  for (const id of Object.values(tasks))
    expect([what, told.includes(id) && id !== asked]).toEqual([what, false]);
}

describe.each(['modern', 'legacy'] as const)("with somebody else's key, %s era", (era) => {
  const client = shared(() => connectOverHttp(mcp.url, era, stranger.key));

  test('no tool shows or changes anything of a task, and each answers as for an unknown id', async () => {
    const before = await storedOf(database.db, 'ada');
    const names = (await client.listTools()).tools.map(({ name }) => name);
    expect(names.sort()).toEqual(Object.keys(ARGUMENTS).sort());
    const unknown = newTaskId();
    for (const name of names) {
      const takesId = 'task_id' in ARGUMENTS[name]!('');
      const never = await call(client, name, ARGUMENTS[name]!(unknown));
      expect([name, never.isError]).toEqual([name, takesId]);
      for (const id of takesId ? Object.values(tasks) : ['']) {
        const answer = await call(client, name, ARGUMENTS[name]!(id));
        expectNothing(name, JSON.stringify(answer), id);
        if (takesId) expect(answer.text.replaceAll(id, '<id>')).toBe(never.text.replaceAll(unknown, '<id>'));
      }
    }
    expect(await storedOf(database.db, 'ada')).toBe(before);
  }, 60_000);

  test('no resource shows anything, and those of a task do not exist', async () => {
    for (const { uri } of (await client.listResources()).resources) {
      expectNothing(uri, JSON.stringify(await client.readResource({ uri })), '');
    }
    const { resourceTemplates } = await client.listResourceTemplates();
    expect(resourceTemplates.length).toBeGreaterThanOrEqual(4);
    const refusal = (uri: string) =>
      client.readResource({ uri }).then(
        () => 'it was read',
        (error: Error & { code?: number }) => `${error.code} ${error.message}`,
      );
    const unknown = newTaskId();
    for (const { uriTemplate } of resourceTemplates) {
      if (!uriTemplate.includes('{task_id}')) {
        const uri = uriTemplate.replace('{status}', 'FAILED');
        expectNothing(uri, JSON.stringify(await client.readResource({ uri })), '');
        continue;
      }
      const never = await refusal(uriTemplate.replace('{task_id}', unknown));
      for (const id of Object.values(tasks)) {
        const foreign = await refusal(uriTemplate.replace('{task_id}', id));
        expect(foreign.replaceAll(id, '<id>')).toBe(never.replaceAll(unknown, '<id>'));
        expect(foreign).toContain('There is no task');
      }
    }
  });

  test('no prompt includes anything, and no completion reveals an id', async () => {
    for (const { name, arguments: args = [] } of (await client.listPrompts()).prompts) {
      const needed = args.some((argument) => argument.name === 'task_id') ? { task_id: tasks.failed } : {};
      const told = await client.getPrompt({ name, arguments: needed }).then(
        (answer) => JSON.stringify(answer),
        (error: Error) => error.message,
      );
      expectNothing(name, told, tasks.failed);
      for (const argument of args) {
        const ref = { type: 'ref/prompt' as const, name };
        for (const value of ['', tasks.failed.slice(0, 8)]) {
          const { completion } = await client.complete({ ref, argument: { name: argument.name, value } });
          expectNothing(`${name} ${argument.name}`, JSON.stringify(completion), '');
        }
      }
    }
    const ref = { type: 'ref/resource' as const, uri: 'task://{task_id}' };
    const own = { ref, argument: { name: 'task_id', value: '' } };
    expectNothing('task://', JSON.stringify((await client.complete(own)).completion), '');
  });
});

test.each(['tasks/get', 'tasks/update', 'tasks/cancel'])(
  "%s of the Tasks extension does not know another owner's task",
  async (method) => {
    const before = await storedOf(database.db, 'ada');
    const capabilities = { extensions: { 'io.modelcontextprotocol/tasks': {} } };
    const unknown = newTaskId();
    const ask = (taskId: string) =>
      rawCall(mcp.url, { method, params: { taskId }, capabilities }, stranger.headers);
    const never = (await ask(unknown)).error!;
    for (const id of Object.values(tasks)) {
      const foreign = (await ask(id)).error!;
      expect({ ...foreign, message: foreign.message.replaceAll(id, '<id>') }).toEqual({
        ...never,
        message: never.message.replaceAll(unknown, '<id>'),
      });
    }
    expect(await storedOf(database.db, 'ada')).toBe(before);
  },
);

test('the owner sees the tasks, and owns what it submits', async () => {
  const client = await connectOverHttp(mcp.url, 'modern', ada.key);
  const { structured } = await call(client, 'get_task', { task_id: tasks.completed });
  expect(structured).toMatchObject({ owner: 'ada', output: { text: SECRET } });
  const submitted = await call(client, 'submit_task', { prompt: 'calculate 1+1', idempotency_key: 'shared' });
  const other = await connectOverHttp(mcp.url, 'modern', stranger.key);
  const again = await call(other, 'submit_task', { prompt: 'calculate 1+1', idempotency_key: 'shared' });
  expect(again.structured.created).toBe(true);
  expect(again.structured.task_id).not.toBe(submitted.structured.task_id);
  const rows = await database.db.sql`select owner from tasks where idempotency_key = 'shared' order by owner`;
  expect(rows.map(({ owner }) => owner)).toEqual(['ada', 'stranger']);
  expect((await call(client, 'get_queue_stats')).structured.counts.COMPLETED).toBe(1);
  await Promise.all([client.close(), other.close()]);
});

describe('a subscription', () => {
  const uri = () => `task://${tasks.pending}`;

  async function listen({ headers }: TestKey, uris: string[]) {
    const end = new AbortController();
    const params = { notifications: { resourceSubscriptions: uris } };
    const response = await rawPost(mcp.url, { method: 'subscriptions/listen', params }, headers, end.signal);
    const { messages, updated, ended } = follow(response);
    await eventually('it is acknowledged', () => messages.length > 0);
    const heard = () => updated().length;
    const stop = () => {
      end.abort();
      return ended.catch(() => {});
    };
    return { heard, stop };
  }

  test('of the modern era hears of its own tasks and no others', async () => {
    const scopes = ['tasks:read', 'admin'];
    const overseer = await makeKey(database.db, { name: 'overseer', owner: 'stranger', scopes });
    // With this key the same owner sees all tasks, and with the other one still its own only.
    const all = await listen(overseer, [uri()]);
    const own = await listen(ada, [uri()]);
    const foreign = await listen(stranger, [uri(), 'tasks://recent']);
    await eventually(
      'the owner has heard of three changes',
      async () => {
        await change(database.db, tasks.pending);
        return own.heard() >= 3;
      },
      { intervalMs: 350 },
    );
    expect([foreign.heard(), all.heard() > 0]).toEqual([0, true]);
    await Promise.all([own, foreign, all].map(({ stop }) => stop()));
  }, 30_000);

  test('of the legacy era hears of its own tasks and no others', async () => {
    const clients = await Promise.all(
      [ada, stranger].map(({ key }) => connectOverHttp(mcp.url, 'legacy', key)),
    );
    const heard = [0, 0];
    for (const [i, client] of clients.entries()) {
      client.setNotificationHandler('notifications/resources/updated', () => {
        heard[i]!++;
      });
      await client.subscribeResource({ uri: uri() });
    }
    await eventually(
      'the owner has heard of three changes',
      async () => {
        await change(database.db, tasks.pending);
        return heard[0]! >= 3;
      },
      { intervalMs: 350 },
    );
    expect(heard[1]).toBe(0);
    await Promise.all(clients.map((client) => client.close()));
  }, 30_000);
});
