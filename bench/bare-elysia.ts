/**
 * A gateway with nothing behind it, for comparison: Elysia with the gateway's validation of `POST /tasks`, and an answer
 * with the same fields. Prints its port and serves until it is stopped.
 */
import { TaskCreate } from '@millrace/contracts';
import { newTask, UNRESTRICTED } from '@millrace/db';
import { Elysia } from 'elysia';

const app = new Elysia({ normalize: false }).post(
  '/tasks',
  ({ body, set }) => {
    const { delay_ms, run_at, ...task } = newTask(body, UNRESTRICTED, {
      defaultModel: 'builtin',
      idempotencyKey: null,
    });
    const now = new Date().toISOString();
    set.status = 202;
    set.headers.location = `/tasks/${task.id}`;
    return {
      system: null,
      tools: null,
      temperature: null,
      max_output_tokens: null,
      response_format: null,
      ...task,
      status: 'PENDING',
      result: null,
      error: null,
      attempts: 0,
      run_at: run_at ?? now,
      created_at: now,
      started_at: null,
      finished_at: null,
      usage: null,
    };
  },
  { body: TaskCreate, parse: 'json' },
);
app.listen({ hostname: '127.0.0.1', port: 0 });
console.log(app.server?.port);
