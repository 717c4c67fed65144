import type { SQL } from 'bun';
import { encodeRequest, HttpConnection } from './http-connection.ts';
import { SUBMISSION } from './submit-tasks.ts';

/** Milliseconds of each task, as its client and as its row saw them. */
export interface ProbedTimes {
  /** POST written → 202 read. */
  readonly accepted: number[];
  /** POST written → an answer to GET that says COMPLETED. */
  readonly seen: number[];
  /** created_at → started_at: until an executor had claimed it. */
  readonly queued: number[];
  /** started_at → finished_at. */
  readonly ran: number[];
}

export interface ProbeOptions {
  readonly port: number;
  /** The maximum of the random gap between tasks, random to stay out of step with any polling. */
  readonly gapMs: number;
  /** Called before each task. */
  readonly goOn: (count: number) => boolean;
}

const GET_INTERVAL_MS = 1;
const OVERDUE_MS = 20_000;

/** Submits one task after another, and polls each until it has ended. */
export async function probeTasks(sql: SQL, { port, gapMs, goOn }: ProbeOptions): Promise<ProbedTimes> {
  const connection = await HttpConnection.open(port);
  const times: ProbedTimes = { accepted: [], seen: [], queued: [], ran: [] };
  const ids: string[] = [];
  while (goOn(ids.length)) {
    await Bun.sleep(Math.random() * gapMs);
    const begun = performance.now();
    const { status, body } = await connection.send(SUBMISSION);
    times.accepted.push(performance.now() - begun);
    if (status !== 202) throw new Error(`POST /tasks: ${status} ${body}`);
    const id: string = JSON.parse(body).id;
    ids.push(id);
    await untilSeen(connection, id, begun + OVERDUE_MS);
    times.seen.push(performance.now() - begun);
  }
  connection.close();
  const rows = await sql`
    select extract(epoch from started_at - created_at)::float8 * 1000 as queued,
      extract(epoch from finished_at - started_at)::float8 * 1000 as ran
    from tasks where id in (select value::uuid from json_array_elements_text(${JSON.stringify(ids)}::text::json))`;
  for (const { queued, ran } of rows) {
    times.queued.push(queued);
    times.ran.push(ran);
  }
  return times;
}

async function untilSeen(connection: HttpConnection, id: string, deadline: number): Promise<void> {
  const get = encodeRequest('GET', `/tasks/${id}`);
  for (;;) {
    const { status, body } = await connection.send(get);
    const task = status === 200 ? JSON.parse(body) : {};
    if (task.status === 'COMPLETED') return;
    if (performance.now() > deadline || !['PENDING', 'RUNNING'].includes(task.status)) {
      throw new Error(`GET /tasks/${id}: ${status} ${body}`);
    }
    await Bun.sleep(GET_INTERVAL_MS);
  }
}
