import { afterAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { identify, waitForDeath } from '../process/identity.ts';
import { chooseAccount } from './account.ts';
import { startPostgres } from './start-postgres.ts';

// Starting processes takes time on a busy machine.
setDefaultTimeout(60_000);

const folder = mkdtempSync(join(tmpdir(), 'millrace-account-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const isRoot = process.getuid?.() === 0;
const nobody = 65534;
/** An account that exists on every Linux. */
const daemon = 1;
const withNamespaces = (dataDir: string) => chooseAccount(dataDir, () => true);
const withoutNamespaces = (dataDir: string) => chooseAccount(dataDir, () => false);
const quick = { settings: { fsync: false } };

const uidOf = (path: string) => statSync(path).uid;

describe.if(isRoot && process.platform === 'linux')('as root', () => {
  test('with user namespaces Postgres runs as nobody inside, and the files stay root’s', async () => {
    const dataDir = join(folder, 'namespace');
    await using server = await startPostgres({ dataDir, ...quick, account: withNamespaces });
    expect(uidOf(dataDir)).toBe(0);
    expect(uidOf(`/proc/${server.pid}`)).toBe(0);
  });

  test('without them it runs as uid 65534, even below a folder that only root may enter', async () => {
    const closed = join(folder, 'closed');
    mkdirSync(closed);
    chmodSync(closed, 0o700);
    const dataDir = join(closed, 'postgres');
    {
      await using server = await startPostgres({ dataDir, ...quick, account: withoutNamespaces });
      expect(uidOf(dataDir)).toBe(nobody);
      expect(uidOf(`/proc/${server.pid}`)).toBe(nobody);
    }
    // From now on the folder's owner decides, whatever is possible at the next start.
    await using again = await startPostgres({ dataDir, ...quick, account: withNamespaces });
    expect(uidOf(`/proc/${again.pid}`)).toBe(nobody);
  });

  test('another user’s folder is refused to an ordinary user', async () => {
    const dataDir = join(folder, 'namespace');
    const program = `import { chooseAccount } from ${JSON.stringify(join(import.meta.dir, 'account.ts'))};
      try { chooseAccount(${JSON.stringify(dataDir)}) } catch (error) { console.log(error.message) }`;
    chmodSync(folder, 0o755);
    const child = Bun.spawn(
      [
        'setpriv',
        '--reuid=1',
        '--clear-groups',
        '--inh-caps=+dac_override',
        '--ambient-caps=+dac_override',
        process.execPath,
        '-e',
        program,
      ],
      { stdout: 'pipe' },
    );
    expect(await child.stdout.text()).toContain(`belongs to uid 0, and you are uid 1.`);
  });

  test('a folder that root made with namespaces is chowned where there are none', async () => {
    const dataDir = join(folder, 'namespace');
    expect(uidOf(dataDir)).toBe(0);
    await using server = await startPostgres({ dataDir, ...quick, account: withoutNamespaces });
    expect([uidOf(dataDir), uidOf(join(dataDir, 'PG_VERSION')), uidOf(`/proc/${server.pid}`)]).toEqual([
      nobody,
      nobody,
      nobody,
    ]);
  });

  test('an ordinary user’s folder is served as that user', async () => {
    const dataDir = join(folder, 'ordinary');
    mkdirSync(dataDir, { mode: 0o700 });
    chownSync(dataDir, daemon, daemon);
    await using server = await startPostgres({ dataDir, ...quick });
    expect(uidOf(join(dataDir, 'PG_VERSION'))).toBe(daemon);
    expect(uidOf(`/proc/${server.pid}`)).toBe(daemon);
  });
});

test.if(!isRoot)('an ordinary user runs Postgres under the same account', async () => {
  const dataDir = join(folder, 'own');
  await using server = await startPostgres({ dataDir, ...quick });
  expect(uidOf(dataDir)).toBe(process.getuid?.() ?? -1);
  const identity = identify(server.pid);
  await server.stop();
  expect(await waitForDeath(identity!, 5_000)).toBe(true);
});
