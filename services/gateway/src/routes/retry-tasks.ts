import { laneOf, TASK_RETRY_DEFAULTS, type TaskRetryAnswer, TaskRetryFilter } from '@millrace/contracts';
import { replay } from '@millrace/db';
import { TypeCompiler } from '@sinclair/typebox/compiler';
import { Elysia } from 'elysia';
import { tooManyOpenTasks } from '../access/open-tasks-limit.ts';
import type { RouteContext } from '../context.ts';
import { refuseIdempotencyKey } from '../http/idempotency-key.ts';
import { createInFlightLimit } from '../http/in-flight.ts';
import { readJsonBody } from '../http/json-body.ts';
import { refuseQuery } from '../http/query.ts';
import { validateBody } from '../http/validate.ts';
import { retryTasksOperation } from '../swagger/outcome-operations.ts';

const taskRetryFilter = TypeCompiler.Compile(TaskRetryFilter);
/** Each may scan for its tasks, and holds up to a thousand rows. */
const REPLAYS_MAX = 4;

export function retryTasks(context: RouteContext) {
  const { authorize, scanDb, scanInTurn, producer, telemetry, reserveMemory, bodyLimitBytes } = context;
  const runLimited = createInFlightLimit(REPLAYS_MAX, 'replays');
  return new Elysia().post(
    '/tasks/retry',
    async ({ request, set }): Promise<TaskRetryAnswer> => {
      const { caller } = await authorize(request, 'tasks:write');
      refuseQuery(request.url);
      refuseIdempotencyKey(request.headers);
      using memory = reserveMemory(caller.owner);
      const body = await readJsonBody(request, bodyLimitBytes, memory);
      const { limit = TASK_RETRY_DEFAULTS.limit, ...filter } = validateBody(taskRetryFilter, body);
      set.headers.traceparent = telemetry.traces.traceparentOf(request);
      const traceparent = telemetry.traces.propagated(request);
      const replayAll = () => replay(scanDb, caller, filter, limit);
      const turn = { owner: caller.owner, signal: request.signal };
      const replayed = await runLimited(() => scanInTurn(replayAll, turn), caller.owner);
      if (!replayed) throw tooManyOpenTasks(caller);
      for (const { id, priority } of replayed) {
        producer.announce({ task_id: id, lane: laneOf(priority), traceparent });
      }
      set.status = 202;
      return { count: replayed.length, task_ids: replayed.map(({ id }) => id) };
    },
    { parse: 'none', detail: retryTasksOperation },
  );
}
