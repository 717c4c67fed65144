import { beforeAll, describe, expect, test } from 'bun:test';
import { newTaskId } from '@millrace/db';
import { shared } from '../shared.ts';
import { createTestDatabase } from '../test-database.ts';
import { CONNECTIONS, connectOverHttp, connectOverStdio } from './connect.ts';
import { startMcpOverHttp } from './mcp-process.ts';
import { createTasks, type TaskIds } from './tasks.ts';

const database = shared(createTestDatabase);
const http = shared(() => startMcpOverHttp({ DATABASE_URL: database.url }));
let ids: TaskIds;
beforeAll(async () => {
  ids = await createTasks(database.db);
});

describe.each(CONNECTIONS)('over %s, %s era', (transport, era) => {
  const client = shared(() =>
    transport === 'http' ? connectOverHttp(http.url, era) : connectOverStdio(database.url, era),
  );

  async function read(uri: string): Promise<{ mimeType?: string; text: string }> {
    const { contents } = await client.readResource({ uri });
    const [content] = contents;
    if (contents.length !== 1 || !content || !('text' in content)) throw new Error('expected one text');
    expect(content.uri).toBe(uri);
    return content as { mimeType?: string; text: string };
  }
  const json = async (uri: string) => JSON.parse((await read(uri)).text);

  test('lists what can be read', async () => {
    const { resources } = await client.listResources();
    expect(resources.map(({ uri }) => uri)).toEqual(['tasks://recent', 'tasks://stats']);
    const { resourceTemplates } = await client.listResourceTemplates();
    expect(resourceTemplates.map(({ uriTemplate }) => uriTemplate)).toEqual([
      'tasks://recent/{status}',
      'task://{task_id}',
      'task://{task_id}/result',
      'task://{task_id}/timeline',
    ]);
    for (const { description, mimeType } of [...resources, ...resourceTemplates]) {
      expect(description?.length).toBeGreaterThan(30);
      expect(mimeType).toMatch(/^(application\/json|text\/plain)$/);
    }
  });

  test('reads the newest tasks, all or by status, and the statistics', async () => {
    const { tasks } = await json('tasks://recent');
    expect(tasks.map(({ task_id }: { task_id: string }) => task_id)).toEqual(
      Object.values(ids).toSorted().toReversed(),
    );
    expect((await json('tasks://recent/FAILED')).tasks).toMatchObject([{ task_id: ids.failed }]);
    expect(await json('tasks://stats')).toMatchObject({ counts: { RUNNING: 1, FAILED: 1 } });
  });

  test('reads a task, its result and its timeline', async () => {
    expect(await json(`task://${ids.done}`)).toMatchObject({ status: 'COMPLETED', output: { text: '2' } });
    const result = await read(`task://${ids.done}/result`);
    expect(result.mimeType).toBe('text/plain');
    expect(result.text).toMatch(/<(untrusted-\w+)>\n2\n<\/\1>$/);
    const timeline = await read(`task://${ids.failed}/timeline`);
    expect(timeline.text).toContain('Attempt 1 on executor-a: FAILED');
  });

  test.each([
    'task://17',
    'task://',
    'tasks://recent/DONE',
    'tasks://everything',
    `task://${newTaskId()}/secrets`,
    'file:///etc/passwd',
  ])('%s is not a resource', async (uri) => {
    await expect(client.readResource({ uri })).rejects.toThrow(`Resource not found: ${uri}`);
  });

  test('a task that does not exist, or has no result, is reported as such', async () => {
    await expect(client.readResource({ uri: `task://${newTaskId()}` })).rejects.toThrow(/There is no task/);
    await expect(client.readResource({ uri: `task://${ids.running}/result` })).rejects.toThrow(
      /is RUNNING and has no output/,
    );
  });

  describe('completion', () => {
    const complete = async (ref: object, name: string, value: string) =>
      (await client.complete({ ref: ref as never, argument: { name, value } })).completion.values;
    const template = (uri: string) => ({ type: 'ref/resource', uri });
    const prompt = (name: string) => ({ type: 'ref/prompt', name });

    test('of ids, newest first', async () => {
      const all = await complete(template('task://{task_id}'), 'task_id', '');
      expect(all).toEqual(Object.values(ids).toSorted().toReversed());
      const { done } = ids;
      expect(await complete(template('task://{task_id}/result'), 'task_id', done.slice(0, -1))).toContain(
        done,
      );
      expect(await complete(template('task://{task_id}/timeline'), 'task_id', "' or 1=1")).toEqual([]);
    });

    test('of statuses, models, and the ids of failed tasks', async () => {
      expect(await complete(template('tasks://recent/{status}'), 'status', 'c')).toEqual([
        'COMPLETED',
        'CANCELLED',
      ]);
      expect(await complete(prompt('triage_failures'), 'model', 's')).toEqual(['simulated']);
      expect(await complete(prompt('diagnose_task'), 'task_id', '')).toEqual([ids.failed]);
      expect(await complete(prompt('triage_failures'), 'hours', '1')).toEqual([]);
    });

    test('of anything unknown is refused', async () => {
      await expect(complete(prompt('nothing'), 'x', '')).rejects.toThrow(/no such prompt/);
      await expect(complete(template('x://{y}'), 'y', '')).rejects.toThrow(/no such prompt or resource/);
    });
  });

  describe('prompts', () => {
    const textOf = async (name: string, args: Record<string, string> = {}) => {
      const { messages } = await client.getPrompt({ name, arguments: args });
      return messages
        .map(({ role, content }) => `${role}: ${content.type === 'text' ? content.text : ''}`)
        .join('\n');
    };

    test('are listed with their arguments', async () => {
      const { prompts } = await client.listPrompts();
      expect(prompts.map(({ name, arguments: args }) => [name, args?.map(({ name: arg }) => arg)])).toEqual([
        ['diagnose_task', ['task_id']],
        ['triage_failures', ['hours', 'model']],
        ['summarize_queue', []],
      ]);
    });

    test('diagnose_task includes the task and its timeline', async () => {
      const text = await textOf('diagnose_task', { task_id: ids.failed });
      expect(text).toStartWith(`user: Find out what happened to the Millrace task ${ids.failed}.`);
      expect(text).toContain('cannot sing');
      expect(text).toContain('Attempt 1 on executor-a: FAILED');
    });

    test('triage_failures groups failed tasks', async () => {
      const text = await textOf('triage_failures', { hours: '1' });
      expect(text).toContain(`- 1 × not_understood, model builtin; newest ${ids.failed}`);
      expect(await textOf('triage_failures', { model: 'simulated' })).toContain(
        'No task failed in this time.',
      );
      // As forms send what was not filled in.
      expect(await textOf('triage_failures', { hours: '', model: '' })).toContain('of the last 24 hours');
    });

    test('summarize_queue includes figures and tasks', async () => {
      const text = await textOf('summarize_queue');
      expect(text).toContain('2 PENDING, 1 RUNNING');
      expect(text).toContain(ids.running);
    });

    test.each([
      ['diagnose_task', {}, /task_id is required/],
      ['diagnose_task', { task_id: 'x' }, /task_id must be the UUID of a task/],
      ['diagnose_task', { task_id: newTaskId() }, /There is no task/],
      ['triage_failures', { hours: '0' }, /hours must be a whole number from 1 to 744/],
      ['triage_failures', { days: '1' }, /"days" is not an argument; known arguments are hours, model/],
      ['nothing', {}, /Prompt "nothing" not found/],
    ])('%s refuses %j', async (name, args, message) => {
      await expect(textOf(name, args as Record<string, string>)).rejects.toThrow(message);
    });
  });
});
