import type { Supervisor } from '@millrace/devstack';
import { eventually } from '../../waiting.ts';
import { executorId, type Run } from '../scenario.ts';

/** Waits until the executor runs tasks; returns how many. */
export function untilBusy(executor: Supervisor, { world: { db } }: Run): Promise<number> {
  return eventually(
    `${executor.name} runs a task`,
    async () => {
      const [row] = await db.sql<{ running: number }[]>`
        select count(*)::int as running from tasks where status = 'RUNNING' and executor = ${executorId(executor)}`;
      return row!.running;
    },
    { timeoutMs: 20_000, intervalMs: 5 },
  );
}
