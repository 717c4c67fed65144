import { expect, test } from 'bun:test';
import { join } from 'node:path';
import { eventually } from '../../waiting.ts';
import { everyAttempt } from '../../whole-history.ts';
import type { AgentStack } from '../agent-stack.ts';
import { answer, calls, slowly } from '../provider/replies.ts';

const spent = { prompt_tokens: 100, completion_tokens: 10, prompt_tokens_details: { cached_tokens: 40 } };
const turn = (name: string, input: Record<string, unknown>) => calls([{ name, arguments: input }], spent);
const write = turn('file_writer', { path: 'first.txt', content: 'written in turn 1' });
const square = turn('calculator', { expression: '9*9' });
const clock = turn('time', { timezone: 'Asia/Tokyo' });
const halting = slowly('This is never heard to its end. '.repeat(20), 50);
const last = answer('All four turns are made.', spent);

/** Four model turns with a tool call after each of the first three, and a kill -9 in between. */
export function kills(agent: AgentStack): void {
  const turnsOf = (prompt: string) => agent.provider.requests(prompt).map(({ turn }) => turn);

  /** Waits until another executor has the task, or has already ended it. */
  async function takenOver(id: string, from: string) {
    const { db } = agent.platform;
    const [, second] = await eventually('the second attempt', async () => {
      const attempts = await everyAttempt(db, id);
      return attempts.length === 2 && attempts;
    });
    expect(second!.executor).not.toBe(from);
  }

  async function expectAllFourTurns(id: string, attempts: readonly number[]) {
    const task = await agent.ended(id);
    expect(task).toMatchObject({
      status: 'COMPLETED',
      attempts: 2,
      result: { output: 'All four turns are made.' },
    });
    const steps = await agent.steps(id);
    expect(steps.map(({ kind, name }) => (kind === 'tool' ? name : kind))).toEqual([
      ...['model', 'file_writer', 'model', 'calculator', 'model', 'time', 'model'],
    ]);
    expect(steps.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(steps.map(({ attempt }) => attempt)).toEqual([...attempts]);
    expect(task.result!.steps.map(({ output }) => output)).toEqual(
      steps.filter(({ kind }) => kind === 'tool').map(({ output }) => output),
    );
    // The first attempt's cost counts, once: 2 dollars for input, 0.5 if cached, 8 for output.
    const cost = (4 * (60 * 2 + 40 * 0.5 + 10 * 8)) / 1e6;
    expect(task.usage).toMatchObject({ input_tokens: 400, output_tokens: 40, cached_tokens: 160 });
    expect(task.usage!.cost_usd).toBeCloseTo(cost, 10);
  }

  test('after turn 2: another executor requests only turns 3 and 4', async () => {
    const { provider, platform } = agent;
    const prompt = 'Die between turns.';
    provider.script(prompt, write, square, clock, last);
    // Two requests a minute: the third turn waits, so the kill is certain to fall between turns.
    const { id } = await platform.post({ prompt, model: 'two-a-minute' });
    await eventually('two turns are made', async () => (await agent.steps(id)).length === 4);
    const { name, process } = await agent.platform.executorOf(id);
    const file = join(platform.folder, 'workspaces', id, 'first.txt');
    expect(await Bun.file(file).text()).toBe('written in turn 1');
    await Bun.write(file, 'changed since');
    process.kill('SIGKILL');
    await takenOver(id, name);
    expect(turnsOf(prompt)).toEqual([1, 2]);
    await minutePasses();
    await expectAllFourTurns(id, [1, 1, 1, 1, 2, 2, 2]);
    expect(turnsOf(prompt)).toEqual([1, 2, 3, 4]);
    // Had the tool run again, it would have overwritten this.
    expect(await Bun.file(file).text()).toBe('changed since');
    // To the model, the switch of executors is invisible.
    const [, , third] = provider.requests(prompt);
    expect(third!.body.messages.map(({ role }) => role)).toEqual([
      'user',
      'assistant',
      'tool',
      'assistant',
      'tool',
    ]);
  }, 30_000);

  test('during turn 3: that turn is requested again, and no other', async () => {
    const { provider, platform } = agent;
    const prompt = 'Die in the middle of a turn.';
    provider.script(prompt, write, square, [halting, clock], last);
    const { id } = await platform.post({ prompt });
    const { name, process } = await inTheMiddleOfTurn3(id, prompt);
    process.kill('SIGKILL');
    await takenOver(id, name);
    await expectAllFourTurns(id, [1, 1, 1, 1, 2, 2, 2]);
    expect(turnsOf(prompt)).toEqual([1, 2, 3, 3, 4]);
  }, 30_000);

  test('frozen during turn 3: after waking it writes nothing', async () => {
    const { provider, platform } = agent;
    const prompt = 'Freeze in the middle of a turn.';
    const endsMeanwhile = slowly('This is heard to its end, but too late. '.repeat(3), 50);
    const stillGoesOn = { ...clock, latency: 300 };
    provider.script(prompt, write, square, [endsMeanwhile, stillGoesOn], last);
    const { id } = await platform.post({ prompt });
    const { name, process, isIdle } = await inTheMiddleOfTurn3(id, prompt);
    process.kill('SIGSTOP');
    try {
      await takenOver(id, name);
      await eventually('turn 3 is asked for again', () => turnsOf(prompt).length === 4);
      await eventually('it was answered the first time', () => provider.connections.open.length === 1);
    } finally {
      process.kill('SIGCONT');
    }
    await expectAllFourTurns(id, [1, 1, 1, 1, 2, 2, 2]);
    await eventually('the executor drops the task', isIdle);
    await expectAllFourTurns(id, [1, 1, 1, 1, 2, 2, 2]);
    expect(turnsOf(prompt)).toEqual([1, 2, 3, 3, 4]);
  }, 30_000);

  // The last case: the executor stays stopped.
  test('stopped during turn 3: likewise, and the attempt does not count', async () => {
    const { provider, platform } = agent;
    const prompt = 'Be stopped in the middle of a turn.';
    provider.script(prompt, write, square, [halting, clock], last);
    const { id } = await platform.post({ prompt, max_attempts: 1 });
    const { name, process } = await inTheMiddleOfTurn3(id, prompt);
    await process.stop();
    await takenOver(id, name);
    await expectAllFourTurns(id, [1, 1, 1, 1, 2, 2, 2]);
    expect(turnsOf(prompt)).toEqual([1, 2, 3, 3, 4]);
  }, 30_000);

  async function inTheMiddleOfTurn3(id: string, prompt: string) {
    const { connections } = agent.provider;
    await eventually('turn 3 streams', () => turnsOf(prompt).includes(3));
    await eventually('some of it is said', () => performance.now() - connections.open[0]!.begun > 300);
    return agent.platform.executorOf(id);
  }

  /** Moves the counted calls into the past: Postgres counts by its own clock. */
  async function minutePasses() {
    await agent.platform.db.sql`
      update model_calls set started_at = started_at - interval '61 seconds', ended_at = ended_at - interval '61 seconds'`;
  }
}
