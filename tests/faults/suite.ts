import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import type { BrokerKind } from './brokers.ts';
import { explain, tableHeading, tableLine } from './report.ts';
import { runScenario } from './runner.ts';
import { scenarios } from './scenarios/index.ts';
import { chooseSeed } from './schedule.ts';
import { World } from './world.ts';

const START_TIMEOUT_MS = 120_000;
const SCENARIO_TIMEOUT_MS = 180_000;
const SHORT_FORM = { tasks: 300, durationMs: 5_000 };

/** The short form: every scenario once, one after the other on the same processes. */
export function faultSuite(broker: BrokerKind): void {
  describe(`faults, on the ${broker} broker`, () => {
    const seed = chooseSeed();
    let world: World | undefined;
    beforeAll(() => console.log(tableHeading()));
    afterAll(() => world?.[Symbol.asyncDispose](), START_TIMEOUT_MS);

    for (const scenario of scenarios) {
      test(
        scenario.title,
        async () => {
          world ??= await World.start({ broker });
          const report = await runScenario(world, scenario, { seed, ...SHORT_FORM });
          console.log(tableLine(report));
          if (report.problems.length > 0) {
            console.error(explain(report, await world.keepLog(`${scenario.name}-${seed}`)));
            // A failure may have left anything behind: the next scenario gets new processes.
            await world[Symbol.asyncDispose]();
            world = undefined;
          }
          expect(report.problems).toEqual([]);
        },
        SCENARIO_TIMEOUT_MS,
      );
    }
  });
}
