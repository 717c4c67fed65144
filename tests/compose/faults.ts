import { run } from './command.ts';
import type { ComposeProject, Container } from './project.ts';

/** What happens to the stack while tasks are submitted, one after the other. */
export async function scaleAndBreak(project: ComposeProject): Promise<void> {
  await project.scale(5);
  const executors = await project.containers('executor');
  await kill(executors[0]!);
  await project.compose(['restart', '--timeout=20', 'redpanda']);
  await kill(executors[1]!);
  await revive(executors.slice(0, 2));
  const gateway = await project.containers('gateway');
  await kill(gateway[0]!);
  await revive(gateway);
  await project.compose(['restart', '--timeout=20', 'postgres']);
  await project.replace(3);
}

/** Like a power failure: nothing is handed back, nothing flushed. */
async function kill({ ID }: Container): Promise<void> {
  await run(['docker', 'kill', '--signal=KILL', ID]);
}

/** Docker's restart policy does not restart what `docker kill` ended. */
async function revive(containers: readonly Container[]): Promise<void> {
  await run(['docker', 'start', ...containers.map(({ ID }) => ID)]);
}
