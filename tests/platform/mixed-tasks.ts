import type { Task, TaskCreate } from '@millrace/contracts';

/** A submission and its expected outcome. */
export interface ExpectedTask {
  readonly create: TaskCreate;
  check(task: Task): string | undefined;
}

/** Calculations in two languages, files, times, simulated answers and prompts that nobody understands, in turn. */
export function mixedTasks(count: number): ExpectedTask[] {
  return Array.from({ length: count }, (_, i) => {
    const priority = i % 10;
    const kinds: ExpectedTask[] = [
      { create: { prompt: `计算 ${i}+1`, priority }, check: outputs(`${i + 1}`) },
      { create: { prompt: `calculate ${i}*(3+4)`, priority }, check: outputs(`${i * 7}`) },
      { create: { prompt: `what time is it in Tokyo`, priority }, check: outputs(/Asia\/Tokyo/) },
      {
        create: { prompt: `write "number ${i}" to notes.txt`, priority },
        check: outputs(/notes\.txt/),
      },
      { create: { prompt: `answer ${i}`, model: 'simulated', priority }, check: outputs(/answer/) },
      {
        create: { prompt: `compose a sonnet about mill number ${i}`, priority },
        check: fails('not_understood'),
      },
    ];
    return kinds[i % kinds.length]!;
  });
}

function outputs(expected: string | RegExp) {
  return ({ id, status, result, error }: Task) => {
    const output = result?.output ?? '';
    const matches = typeof expected === 'string' ? output === expected : expected.test(output);
    return status === 'COMPLETED' && error === null && matches
      ? undefined
      : `${id}: ${status} ${output}, not ${expected}`;
  };
}

function fails(code: string) {
  return ({ id, status, result, error }: Task) =>
    status === 'FAILED' && result === null && error?.code === code
      ? undefined
      : `${id}: ${status} ${error?.code}, not ${code}`;
}
