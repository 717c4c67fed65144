import { diagnoseTask } from './diagnose-task.ts';
import type { Prompt } from './prompt.ts';
import { summarizeQueue } from './summarize-queue.ts';
import { triageFailures } from './triage-failures.ts';

export const prompts: readonly Prompt[] = [diagnoseTask, triageFailures, summarizeQueue];

export const listedPrompts = prompts.map(({ name, title, description, arguments: args }) => ({
  name,
  title,
  description,
  arguments: args.map(({ complete: _, ...argument }) => argument),
}));
