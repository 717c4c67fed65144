import { expect, test } from 'bun:test';
import { getTask, UNRESTRICTED } from '@millrace/db';
import type { AgentStack } from '../agent-stack.ts';
import { toolAnswersIn } from '../provider/provider.ts';
import { answer, calls } from '../provider/replies.ts';

const TASKS = 200;

export function exactlyOnce(agent: AgentStack): void {
  test('200 tasks of two turns on two executors: each turn is requested once, each result is its own', async () => {
    const { provider, platform } = agent;
    const prompts = Array.from({ length: TASKS }, (_, i) => `Seven times ${i}.`);
    for (const [i, prompt] of prompts.entries()) {
      const call = { id: `call_${i}`, name: 'calculator', arguments: { expression: `${i}*7` } };
      provider.script(prompt, calls([call]), answer(`${i} times seven is ${i * 7}.`));
    }
    const ids = await Promise.all(prompts.map(async (prompt) => (await platform.post({ prompt })).id));
    await platform.untilEnded(TASKS);

    const asked = provider.requests().map(({ turn, body }) => `${body.messages.at(0)!.content} ${turn}`);
    expect(asked.toSorted()).toEqual(prompts.flatMap((prompt) => [`${prompt} 1`, `${prompt} 2`]).toSorted());
    for (const [i, prompt] of prompts.entries()) {
      const [, second] = provider.requests(prompt);
      expect([...toolAnswersIn(second!.body)]).toEqual([[`call_${i}`, `${i * 7}`]]);
      const task = (await getTask(platform.db, UNRESTRICTED, ids[i]!))!;
      expect(task).toMatchObject({ status: 'COMPLETED', attempts: 1 });
      expect(task.result!.output).toBe(`${i} times seven is ${i * 7}.`);
    }
    const [row] = await platform.db.sql<{ executors: number; steps: number }[]>`
      select (select count(distinct executor)::int from tasks) as executors, count(*)::int as steps from task_steps`;
    expect(row).toEqual({ executors: 2, steps: TASKS * 3 });
  }, 60_000);
}
