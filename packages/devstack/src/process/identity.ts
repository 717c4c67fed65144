import { readFileSync } from 'node:fs';

/**
 * What distinguishes a process from a later one that was given the same pid. `startedAt` is opaque: equal
 * strings mean the same process. `command` is its command line, for people and for checks by name.
 */
export type ProcessIdentity = { pid: number; startedAt: string; command: string };

/** The live process with this pid; null if there is none, or only an unreaped zombie. */
export function identify(pid: number): ProcessIdentity | null {
  if (!Number.isInteger(pid) || pid <= 0) return null;
  return process.platform === 'linux' ? identifyByProc(pid) : identifyByTool(pid);
}

export function isAlive(pid: number): boolean {
  return identify(pid) !== null;
}

/** True only if the recorded process itself still runs, not another one with its pid. */
export function isSameProcess(recorded: Pick<ProcessIdentity, 'pid' | 'startedAt'>): boolean {
  return identify(recorded.pid)?.startedAt === recorded.startedAt;
}

/** Sends a signal, if the process still runs. */
export function signalPid(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {}
}

/** Resolves with true once the process is gone, false at the deadline. For processes that are not our children. */
export async function waitForDeath(
  recorded: Pick<ProcessIdentity, 'pid' | 'startedAt'>,
  deadlineMs: number,
): Promise<boolean> {
  const end = performance.now() + deadlineMs;
  while (isSameProcess(recorded)) {
    if (performance.now() >= end) return false;
    await Bun.sleep(20);
  }
  return true;
}

function identifyByProc(pid: number): ProcessIdentity | null {
  try {
    // pid (comm) state ppid … starttime is field 22; comm may itself hold spaces and parentheses.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return null;
    // Ticks count from boot, so a record that outlived a reboot must not match.
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').join(' ').trim();
    return { pid, startedAt: `${boot}/${fields[19]}`, command };
  } catch {
    return null;
  }
}

function identifyByTool(pid: number): ProcessIdentity | null {
  const command =
    process.platform === 'win32'
      ? [
          'powershell',
          '-NoProfile',
          '-Command',
          `$p = Get-CimInstance Win32_Process -Filter 'ProcessId=${pid}'; if ($p) { 'R ' + $p.CreationDate.ToString('o') + '    ' + $p.CommandLine }`,
        ]
      : ['ps', '-o', 'stat=,lstart=,command=', '-p', String(pid)];
  const { stdout, success } = Bun.spawnSync(command, { env: { ...process.env, LC_ALL: 'C' } });
  const line = stdout.toString().trim();
  if (!success || line === '' || line.startsWith('Z')) return null;
  // lstart is five words: Mon Nov 23 18:36:24 2026.
  const words = line.split(/\s+/);
  const dateWords = process.platform === 'win32' ? 1 : 5;
  return {
    pid,
    startedAt: words.slice(1, 1 + dateWords).join(' '),
    command: words.slice(1 + dateWords).join(' '),
  };
}
