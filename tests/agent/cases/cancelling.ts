import { expect, test } from 'bun:test';
import { timed } from '../../timed.ts';
import { eventually } from '../../waiting.ts';
import type { AgentStack } from '../agent-stack.ts';
import { type Reply, silentFor, slowly } from '../provider/replies.ts';

const TASKS_MAX = 24;

export function cancelling(agent: AgentStack): void {
  /** Starts such tasks until both executors run at least one. */
  async function onBothExecutors(prompt: string, reply: Reply): Promise<string[]> {
    const { provider, platform } = agent;
    provider.script(prompt, reply);
    const ids: string[] = [];
    const executors = new Set<string>();
    while (executors.size < 2 && ids.length < TASKS_MAX) {
      const { id } = await platform.post({ prompt });
      ids.push(id);
      executors.add((await agent.platform.executorOf(id)).name);
      await eventually('the provider is asked', () => provider.connections.open.length === ids.length);
    }
    expect(executors.size).toBe(2);
    return ids;
  }

  async function expectHungUpAtOnce(ids: readonly string[]) {
    const { connections } = agent.provider;
    for (const id of ids) {
      const open = connections.open;
      const {
        value: closed,
        tookMs,
        stallMs,
      } = await timed(async () => {
        await agent.cancel(id);
        return eventually('its connection is closed', () => open.find(({ ended }) => ended !== null));
      });
      expect(closed.complete).toBe(false);
      expect(tookMs).toBeLessThan(1_000 + stallMs);
      expect(connections.open).toHaveLength(open.length - 1);
      expect(await agent.platform.get(id)).toMatchObject({ status: 'CANCELLED', result: null });
      expect(await agent.steps(id)).toEqual([]);
    }
  }

  test('a streaming task closes its provider connection within a second', async () => {
    const { provider } = agent;
    const ids = await onBothExecutors('Talk for a minute.', slowly('On and on it goes. '.repeat(60), 100));
    await expectHungUpAtOnce(ids);
    expect(provider.requests('Talk for a minute.')).toHaveLength(ids.length);
  }, 30_000);

  test('so does one whose provider has not answered yet', async () => {
    const ids = await onBothExecutors('Think for a minute.', silentFor(20_000));
    await expectHungUpAtOnce(ids);
  }, 30_000);
}
