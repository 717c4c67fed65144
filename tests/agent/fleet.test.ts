import { describe } from 'bun:test';
import { shared } from '../shared.ts';
import { AgentStack } from './agent-stack.ts';
import { cancelling } from './cases/cancelling.ts';
import { exactlyOnce } from './cases/exactly-once.ts';
import { kills } from './cases/kills.ts';

const prices = 'input_price=2;cached_input_price=0.5;output_price=8';

/** What holds whichever of two executors runs a task, and when one of them dies. */
const agent = shared(
  () =>
    AgentStack.start({
      executors: 2,
      dialect: 'openrouter',
      models: [
        `steady=openai;model=vendor/gpt-test;${prices}`,
        `two-a-minute=openai;model=vendor/gpt-test;rpm=2;${prices}`,
      ].join(),
      // Longer than a busy machine holds up an executor: a lease that ends repeats a turn.
      env: { LEASE_MS: '4000', DRAIN_TIMEOUT_MS: '200' },
    }),
  (agent) => agent.end(),
);

describe('load', () => exactlyOnce(agent));
describe('cancelling', () => cancelling(agent));
describe('kill -9', () => kills(agent));
