import { expect, test } from 'bun:test';
import type { TaskBatchAnswer } from '@millrace/contracts';
import { freePort } from '@millrace/devstack';
import { shared } from '../shared.ts';
import { createTestDatabase } from '../test-database.ts';
import { eventually } from '../waiting.ts';
import { startGateway } from './gateway-process.ts';

/** Until a request whose answer was lost has been repeated. */
const KILLS = { min: 2, max: 8 };
const CLIENTS = 4;
/** Large enough to be killed between the commit and the end of the answer. */
const TASKS = 250;
const PROMPT = 'x'.repeat(4_000);

const database = shared(createTestDatabase);

async function stored(): Promise<number> {
  const [row] = await database.db.sql<[{ count: number }]>`select count(*)::integer as count from tasks`;
  return row.count;
}

test('batches with keys, repeated while the gateway is killed under them, make each task once', async () => {
  const port = await freePort();
  const start = () => startGateway({ DATABASE_URL: database.url, GATEWAY_PORT: String(port) });
  /** By batch and index: what the clients were told. */
  const ids: string[][] = [];
  let sent = 0;
  let answered = 0;
  let replayed = 0;
  let isOver = false;

  async function untilAnswered(batch: number): Promise<void> {
    const metadata = (index: number) => ({ batch: String(batch), index: String(index) });
    const tasks = Array.from({ length: TASKS }, (_, index) => ({
      prompt: PROMPT,
      metadata: metadata(index),
    }));
    const body = JSON.stringify({ tasks, atomic: batch % 2 === 0 });
    const headers = { 'content-type': 'application/json', 'idempotency-key': `batch-${batch}` };
    for (;;) {
      try {
        const response = await fetch(`http://127.0.0.1:${port}/tasks/batch`, {
          method: 'POST',
          headers,
          body,
        });
        if (response.ok) {
          const { outcomes } = (await response.json()) as TaskBatchAnswer;
          ids[batch] = outcomes.map(({ task }) => task!.id);
          if (response.headers.has('idempotent-replayed')) replayed++;
          answered++;
          return;
        }
        // It has just started.
        expect(response.status).toBe(503);
      } catch (error) {
        // No answer, or a part of it.
        if (!(error instanceof Error && 'code' in error)) throw error;
      }
      await Bun.sleep(20);
    }
  }
  const client = async () => {
    while (!isOver) await untilAnswered(sent++);
  };

  let gateway = await start();
  const clients = Promise.all(Array.from({ length: CLIENTS }, client));
  for (let kills = 0; kills < KILLS.min || (replayed === 0 && kills < KILLS.max); kills++) {
    const before = await stored();
    const isUnanswered = async () => (await stored()) > Math.max(before, answered * TASKS);
    await Promise.race([
      eventually('a batch is stored and not answered', isUnanswered, { intervalMs: 1, timeoutMs: 30_000 }),
      clients,
    ]);
    gateway.signal('SIGKILL');
    await gateway.exited;
    gateway = await start();
  }
  await using _last = gateway;
  isOver = true;
  await clients;

  const rows = await database.db.sql<{ id: string; batch: number; index: number }[]>`
    select id, (metadata ->> 'batch')::integer as batch, (metadata ->> 'index')::integer as index
    from tasks order by batch, index, id`;
  const told = ids.flatMap((each, batch) => each.map((id, index) => ({ id, batch, index })));
  expect(rows.length).toBe(sent * TASKS);
  expect([...rows]).toEqual(told);
}, 90_000);
