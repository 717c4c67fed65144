import { describe } from 'bun:test';
import { shared } from '../shared.ts';
import { AgentStack } from './agent-stack.ts';
import { answers } from './cases/answers.ts';
import { endings, TURNS_MAX } from './cases/endings.ts';
import { finalErrors } from './cases/final-errors.ts';
import { parameters } from './cases/parameters.ts';
import { retries } from './cases/retries.ts';
import { secrecy } from './cases/secrecy.ts';
import { toolMistakes } from './cases/tool-mistakes.ts';
import { usage } from './cases/usage.ts';

/** What a model may answer, over HTTP from submission to result, on one platform. */
const agent = shared(() =>
  AgentStack.start({
    models: [
      'priced=openai;model=gpt-test;input_price=2;cached_input_price=0.5;output_price=8',
      'free=openai;model=gpt-free',
      'builtin',
    ].join(),
    env: { AGENT_TURNS_MAX: `${TURNS_MAX}` },
  }),
);

describe('answers', () => answers(agent));
describe('tool mistakes', () => toolMistakes(agent));
describe('endings', () => endings(agent));
describe('temporary errors', () => retries(agent));
describe('permanent errors', () => finalErrors(agent));
describe('parameters', () => parameters(agent));
describe('usage', () => usage(agent));
describe('the API key', () => secrecy(agent));
