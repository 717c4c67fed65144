import { beforeAll, test } from 'bun:test';
import fc from 'fast-check';
import { shared } from '../../shared.ts';
import { createTestDatabase } from '../../test-database.ts';
import { attemptOutcomes } from './commands/attempt-outcomes.ts';
import { claiming } from './commands/claiming.ts';
import { operating } from './commands/operating.ts';
import type { Step } from './commands/step.ts';
import { submitting } from './commands/submitting.ts';
import type { Model } from './model.ts';
import { replayPath, runParameters, testTimeoutMs } from './run-parameters.ts';
import { EPOCH_MS, installVirtualClock, startAfresh } from './virtual-clock.ts';

const database = shared(createTestDatabase);
beforeAll(async () => {
  await installVirtualClock(database.url);
}, 60_000);

const command: fc.Arbitrary<Step> = fc.oneof(
  { weight: 2, arbitrary: submitting },
  { weight: 8, arbitrary: claiming },
  { weight: 8, arbitrary: attemptOutcomes },
  { weight: 7, arbitrary: operating },
);

test(
  'one verb after another: every answer, row and history matches the model',
  async () => {
    const { db } = database;
    const commands = fc.commands([command], { maxCommands: 80, size: 'max', ...replayPath() });
    await fc.assert(
      fc.asyncProperty(commands, async (steps) => {
        await startAfresh(db);
        const model: Model = { nowMs: EPOCH_MS, tasks: [], deletedIds: [], keys: new Map() };
        await fc.asyncModelRun(() => ({ model, real: { db, seen: new Map() } }), steps);
      }),
      runParameters(60),
    );
  },
  testTimeoutMs(60_000),
);
