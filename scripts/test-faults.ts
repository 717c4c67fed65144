/** The long form of the fault suite: every scenario with several seeds and thousands of tasks. See `--help`. */
import { brokerUnavailable } from '../tests/faults/brokers.ts';
import { type FaultOptions, parseFaultOptions, usage } from '../tests/faults/options.ts';
import { explain, type FaultReport, tableHeading, tableLine } from '../tests/faults/report.ts';
import { runScenario } from '../tests/faults/runner.ts';
import { World } from '../tests/faults/world.ts';

let options: FaultOptions | null;
try {
  options = parseFaultOptions(process.argv.slice(2));
} catch (error) {
  console.error(`${(error as Error).message}\n\n${usage}`);
  process.exit(2);
}
if (options === null) {
  console.log(usage);
  process.exit(0);
}
const reason = brokerUnavailable(options.broker);
if (reason) {
  console.error(`skipped: faults on the ${options.broker} broker, ${reason}`);
  process.exit(2);
}
process.exit(await run(options));

async function run({ scenarios, seeds, tasks, rate, broker, json }: FaultOptions): Promise<number> {
  const reports: FaultReport[] = [];
  let world: World | undefined;
  let stopping = false;
  const stop = (signal: NodeJS.Signals) => {
    stopping = true;
    console.error(`${signal}: stopping after this scenario`);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop);
  console.log(tableHeading());
  try {
    for (const scenario of scenarios) {
      for (const seed of seeds) {
        if (stopping) break;
        world ??= await World.start({ broker });
        const durationMs = Math.round((tasks / rate) * 1000);
        const report = await runScenario(world, scenario, { seed, tasks, durationMs });
        reports.push(report);
        console.log(tableLine(report));
        if (json) await Bun.write(json, `${JSON.stringify(reports, null, 2)}\n`);
        if (report.problems.length > 0) {
          console.error(explain(report, await world.keepLog(`${scenario.name}-${seed}`)));
          // A failed run may leave anything behind: the next one starts with new processes.
          await world[Symbol.asyncDispose]();
          world = undefined;
        }
      }
    }
  } finally {
    await world?.[Symbol.asyncDispose]();
  }
  const failed = reports.filter(({ problems }) => problems.length > 0).length;
  const lost = reports.reduce((sum, { verdict }) => sum + verdict.lost.length, 0);
  const double = reports.reduce((sum, { verdict }) => sum + verdict.double.length, 0);
  console.log(
    `${reports.length} runs, ${failed} failed; ${lost} tasks lost, ${double} outcomes written twice`,
  );
  return failed > 0 || stopping ? 1 : 0;
}
