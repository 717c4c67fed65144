import { expect, test } from 'bun:test';
import type { TaskPage } from '@millrace/contracts';
import { kafka, readTopic } from '../../stream/reader.ts';
import { type AgentStack, API_KEY } from '../agent-stack.ts';
import { failure } from '../provider/replies.ts';

/** Leaking a part of the key is as bad as all of it. */
const PART_OF_KEY = API_KEY.slice(10, 26);

/** Runs last, so that it also searches what the other cases left behind. */
export function secrecy(agent: AgentStack): void {
  test('the key appears nowhere: not in Postgres, a topic, an answer or a log', async () => {
    const { provider, platform } = agent;
    const told = `Incorrect API key provided: ${API_KEY}. You can find yours in your account.`;
    provider.script('Tell my secret.', failure(401, told, { code: 'invalid_api_key' }));
    provider.script('Tell it again and again.', failure(500, `Bearer ${API_KEY} made us stumble.`));
    await agent.run({ prompt: 'Tell my secret.' });
    await agent.run({ prompt: 'Tell it again and again.', max_attempts: 1 });

    const brokers = [platform.stack.kafkaBrokers];
    const topics = ['task.events', 'tasks.dead'].map((topic) => everyMessage(brokers, topic));
    const [events, dead] = await Promise.all(topics);
    const found: Record<string, string> = {
      postgres: await everyRow(platform.db.sql),
      'task.events': events!,
      'tasks.dead': dead!,
      http: await everyAnswer(agent),
      logs: agent.printed.join('\n'),
    };
    for (const [place, text] of Object.entries(found)) {
      // A search without hits may have searched the wrong place.
      expect({ place, empty: text.length < 100 }).toEqual({ place, empty: false });
      expect({ place, leaks: text.includes(PART_OF_KEY) }).toEqual({ place, leaks: false });
    }
    for (const place of ['postgres', 'tasks.dead', 'http']) expect(found[place]).toContain('made us stumble');
  }, 30_000);
}

async function everyRow(sql: AgentStack['platform']['db']['sql']): Promise<string> {
  const tables = await sql<{ name: string }[]>`
    select table_name as name from information_schema.tables where table_schema = 'public'`;
  expect(tables.map(({ name }) => name)).toContain('task_steps');
  const texts = tables.map(async ({ name }) => {
    const rows = await sql<{ text: string }[]>`select t::text as text from ${sql(name)} as t`;
    return rows.map(({ text }) => text).join('\n');
  });
  return (await Promise.all(texts)).join('\n');
}

async function everyMessage(brokers: string[], topic: string): Promise<string> {
  const admin = kafka(brokers).admin();
  await admin.connect();
  const partitions = await admin.fetchTopicOffsets(topic).finally(() => admin.disconnect());
  const total = partitions.reduce((sum, { high, low }) => sum + Number(high) - Number(low), 0);
  const messages = await readTopic(brokers, topic, ({ length }) => length >= total);
  return messages.map(({ value }) => value).join('\n');
}

async function everyAnswer(agent: AgentStack): Promise<string> {
  const read = async (path: string) => (await agent.fetch(path)).text();
  const { tasks } = JSON.parse(await read('/tasks?limit=100')) as TaskPage;
  const ofTasks = tasks.flatMap(({ id }) => [`/tasks/${id}`, `/tasks/${id}/attempts`, `/tasks/${id}/steps`]);
  const paths = ['/models', '/stats', '/health/ready', ...ofTasks];
  const health = agent.platform.stack.executorHealthUrls.map(async (url) => (await fetch(url)).text());
  return (await Promise.all([...paths.map(read), ...health])).join('\n');
}
