import { chownSync, existsSync, lchownSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { StackError } from '../stack-error.ts';

/** How to start a Postgres program: the command prefix, and which account will own its files. */
export type Account = { prefix: string[]; uid: number | null };

const nobody = 65534;

/**
 * Postgres refuses to run as root. As root it therefore starts, in this order of preference,
 *   1. as the owner of the data folder, if that is another account,
 *   2. in a user namespace that shows root as `nobody`: no account needed, the files stay root's,
 *   3. where namespaces are off (most containers), as uid 65534, which is made the owner of the data folder.
 * Otherwise it starts as the caller. `userNamespaces` is for tests of the third case.
 */
export function chooseAccount(dataDir: string, userNamespaces = hasUserNamespaces): Account {
  const uid = process.getuid?.() ?? null;
  const owner = existsSync(dataDir) ? statSync(dataDir).uid : uid;
  if (uid !== 0) {
    if (uid !== null && owner !== uid) {
      throw new StackError(
        `The data folder ${dataDir} belongs to uid ${owner}, and you are uid ${uid}.`,
        `Start as its owner, change the owner with \`chown -R ${uid}\`, or choose another folder with --data-dir.`,
      );
    }
    return { prefix: [], uid };
  }
  if (process.platform === 'linux') {
    if (owner !== 0 && owner !== null) return asUid(owner);
    if (userNamespaces()) {
      return { prefix: ['unshare', '--user', `--map-user=${nobody}`, `--map-group=${nobody}`, '--'], uid: 0 };
    }
    if (Bun.which('setpriv')) return asUid(nobody);
  }
  throw new StackError(
    'Postgres refuses to run as root, and neither unshare nor setpriv can start it as another user here.',
    'Start as an ordinary user, or set DATABASE_URL to a Postgres of your own.',
  );
}

/** Gives a file or folder to the account that Postgres will run as; only needed (and possible) as root. */
export function handOver(path: string, { uid }: Account): void {
  if (uid === null || process.getuid?.() !== 0 || statSync(path).uid === uid) return;
  // The folder itself last: the next start goes by its owner, so an interrupted hand-over is repeated.
  const content = statSync(path).isDirectory() ? (readdirSync(path, { recursive: true }) as string[]) : [];
  for (const name of content) lchownSync(join(path, name), uid, uid);
  chownSync(path, uid, uid);
}

// The capability gives access to binaries and data below folders such as /root that only root may enter.
function asUid(uid: number): Account {
  const prefix = ['setpriv', `--reuid=${uid}`, `--regid=${uid}`, '--clear-groups'];
  prefix.push('--inh-caps=+dac_override', '--ambient-caps=+dac_override', '--');
  return { prefix, uid };
}

function hasUserNamespaces(): boolean {
  if (!Bun.which('unshare')) return false;
  const probe = ['unshare', '--user', `--map-user=${nobody}`, `--map-group=${nobody}`, '--', 'true'];
  return Bun.spawnSync(probe, { stdout: 'ignore', stderr: 'ignore', cwd: dirname(process.execPath) }).success;
}

/**
 * A command prefix that makes the kernel shut a server down when its parent dies, however it dies. It comes after the
 * account's own, because changing accounts undoes it. Linux only; elsewhere a server whose parent was killed runs on,
 * and the next start adopts it.
 */
export function endWithParent(): string[] {
  return process.platform === 'linux' && Bun.which('setpriv') ? ['setpriv', '--pdeathsig=INT', '--'] : [];
}
