import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import type { Database } from '@millrace/db';
import { installAudit, isTakeover, readAudit } from '../faults/audit.ts';
import { judge } from '../faults/verdict.ts';
import { Load } from '../faults/workload.ts';
import { selectedBy } from '../observability/promql.ts';
import { alertQueries, dashboardQueries } from '../observability/queries.ts';
import { eventually } from '../waiting.ts';
import { type BrokerChoice, chooseBroker } from './broker-choice.ts';
import { clientCases } from './cases.ts';
import { Client } from './client.ts';
import { engineUnavailable } from './engine.ts';
import { scaleAndBreak } from './faults.ts';
import { ComposeProject } from './project.ts';

const EXECUTORS = 3;
const LOAD = { tasks: 900, durationMs: 25_000 };
const END_TIMEOUT_MS = 60_000;
/** Leases and simulated answers this short, so that a minute contains many of each. */
const ENVIRONMENT = { LEASE_MS: '1500', SIMULATED_LATENCY_MS: '400', EXECUTOR_CONCURRENCY: '16' };

const reason = await engineUnavailable();
if (reason) {
  console.warn(`skipped: Millrace in containers, ${reason}`);
  test.skip(`Millrace in containers (${reason})`, () => undefined);
} else {
  const broker = await chooseBroker();
  console.log(`the broker is ${broker.name}${broker.reason ? `: ${broker.reason}` : ''}`);
  describe('Millrace in containers', () => containerSuite(broker));
}

function containerSuite(broker: BrokerChoice): void {
  let project: ComposeProject;
  let key: string;
  let client: Client;
  let db: Database;

  beforeAll(async () => {
    project = await ComposeProject.create({ files: [broker.file], env: ENVIRONMENT });
    const healthyMs = await project.up(EXECUTORS);
    console.log(
      `${EXECUTORS} executors and the rest healthy ${(healthyMs / 1000).toFixed(1)} s after \`up --build\``,
    );
    key = await project.createKey();
    client = new Client(project.gatewayUrl, key);
    db = project.openDatabase();
  }, 400_000);

  afterAll(async () => {
    await db?.close();
    await project?.[Symbol.asyncDispose]();
  }, 150_000);

  test('every service is healthy, and one-shot containers have succeeded', async () => {
    const states = (await project.containers())
      .filter(({ Service }) => Service !== 'console')
      .map(({ Service, State, Health, ExitCode }) => `${Service}: ${Health || `${State} ${ExitCode}`}`);
    expect(states.sort()).toEqual([
      ...Array.from({ length: EXECUTORS }, () => 'executor: healthy'),
      'gateway: healthy',
      'mcp: healthy',
      'migrate: exited 0',
      'postgres: healthy',
      'redpanda: healthy',
      'topics: exited 0',
    ]);
  });

  test.skipIf(broker.name !== 'Redpanda')(
    'Redpanda exposes every metric that the dashboard and the alerts query',
    async () => {
      const metrics = await project.compose([
        'exec',
        '-T',
        'redpanda',
        'curl',
        '-s',
        'localhost:9644/public_metrics',
      ]);
      const asked = [...(await dashboardQueries()), ...(await alertQueries())].flatMap(({ expression }) =>
        selectedBy(expression),
      );
      for (const { metric } of asked)
        if (metric.startsWith('redpanda_')) expect(metrics).toContain(`\n${metric}`);
    },
  );

  clientCases(() => ({ client, project, key }));

  test('scaled to five and back, killed, restarted and replaced under load: no task lost, none ended twice', async () => {
    await db.sql`truncate tasks cascade`;
    await installAudit(db);
    const load = new Load(project.gatewayUrl, LOAD.tasks, client.headers);
    await Promise.all([load.run(LOAD.durationMs, LOAD.durationMs + END_TIMEOUT_MS), scaleAndBreak(project)]);
    await untilAllEnded(LOAD.tasks);
    const audit = await readAudit(db);
    const verdict = await judge({ db, gatewayUrl: project.gatewayUrl, headers: client.headers }, load, audit);
    console.log(
      `${load.accepted.size} accepted, ${load.refused} refused, ${load.broken} broken off, ` +
        `${audit.filter(isTakeover).length} taken over; attempts: ${JSON.stringify(verdict.attempts)}`,
    );
    const { lost, double, foreign, wrong, unexpected } = verdict;
    expect({ lost, double, foreign, wrong, unexpected }).toEqual({
      lost: [],
      double: [],
      foreign: [],
      wrong: [],
      unexpected: [],
    });
    expect(load.accepted.size).toBe(LOAD.tasks);
    expect((await project.containers('executor')).length).toBe(3);
  }, 180_000);

  test('`docker compose stop` drains: every exit code is 0, nothing is lost or started again', async () => {
    await db.sql`truncate tasks, fault_audit cascade`;
    const tasks = Array.from({ length: 150 }, (_, i) => ({ prompt: `answer ${i}`, model: 'simulated' }));
    await client.json('/tasks/batch', 207, { body: { tasks } });
    await eventually('some run', async () => {
      const [row] = await db.sql<{ running: number }[]>`
        select count(*)::int as running from tasks where status = 'RUNNING'`;
      return row!.running > 0;
    });
    await project.compose(['stop'], { timeoutMs: 120_000 });
    const left = (await project.containers()).map(
      ({ Name, State, ExitCode }) => `${Name} ${State} ${ExitCode}`,
    );
    expect(left.filter((line) => !line.endsWith(' exited 0'))).toEqual([]);

    await project.compose(['start'], { timeoutMs: 120_000 });
    await untilAllEnded(tasks.length);
    const [row] = await db.sql<{ completed: number; attempts: number }[]>`
      select count(*) filter (where status = 'COMPLETED')::int as completed, max(attempts)::int as attempts from tasks`;
    expect(row).toEqual({ completed: tasks.length, attempts: 1 });
    expect((await readAudit(db)).filter(isTakeover)).toEqual([]);
  }, 180_000);

  test('after `docker compose restart` of all, the topics container has succeeded', async () => {
    await project.compose(['restart'], { timeoutMs: 120_000 });
    const probe = async () => {
      const [topics] = await project.containers('topics');
      return topics!.State === 'exited' && topics!;
    };
    const topics = await eventually('topics have ended', probe, { timeoutMs: END_TIMEOUT_MS });
    expect(topics.ExitCode).toBe(0);
  }, 180_000);

  async function untilAllEnded(tasks: number): Promise<void> {
    const probe = async () => {
      const [row] = await db.sql<{ all: number; ended: number }[]>`
        select count(*)::int as all, count(finished_at)::int as ended from tasks`;
      if (row!.all < tasks || row!.ended < row!.all) throw new Error(`${row!.ended} of ${row!.all} have`);
      return true;
    };
    await eventually(`all of at least ${tasks} tasks have ended`, probe, {
      timeoutMs: END_TIMEOUT_MS,
      intervalMs: 100,
    });
  }
}
