import { join } from 'node:path';
import { eventually } from '../../waiting.ts';
import type { GroupOptions, MemberProcess } from './client.ts';
import { readLines } from './lines.ts';

/** Runs member-main.ts, which joins the group with the named client and prints its assignments. */
export async function startMemberProcess(
  client: 'kafkajs' | 'platformatic',
  bootstrap: string,
  options: GroupOptions,
): Promise<MemberProcess> {
  let partitions: number[] | undefined;
  const main = join(import.meta.dir, 'member-main.ts');
  const child = Bun.spawn([process.execPath, main, client, bootstrap, JSON.stringify(options)], {
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'inherit',
  });
  void readLines(child.stdout, (line) => {
    partitions = JSON.parse(line);
  });
  await eventually(`a process joins ${options.groupId} with ${client}`, () => partitions !== undefined);
  return {
    get partitions() {
      return partitions ?? [];
    },
    async kill() {
      child.kill('SIGKILL');
      await child.exited;
    },
  };
}
