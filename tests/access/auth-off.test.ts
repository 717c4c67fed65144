import { describe, expect, setDefaultTimeout, test } from 'bun:test';
import { get } from 'node:http';
import { text } from 'node:stream/consumers';
import { spawnGateway, startGateway } from '../gateway/gateway-process.ts';
import { shared } from '../shared.ts';
import { createTestDatabase } from '../test-database.ts';
import { makeKey } from './make-key.ts';

// Every test starts processes, and the machine may be busy.
setDefaultTimeout(60_000);

const database = shared(createTestDatabase);
const keyed = shared(() => startGateway({ DATABASE_URL: database.url, GATEWAY_AUTH: 'keys' }));

describe('GATEWAY_AUTH=off', () => {
  const open = shared(() => startGateway({ DATABASE_URL: database.url, GATEWAY_AUTH: 'off' }));

  test('is refused where others can reach it, with the remedy', async () => {
    await using refused = await spawnGateway({
      DATABASE_URL: database.url,
      GATEWAY_AUTH: 'off',
      GATEWAY_HOST: 'api.example.com',
    });
    expect(await refused.exited).toBe(78);
    expect(refused.log()).toContain(
      'GATEWAY_AUTH: off opens every task to anyone who can reach api.example.com; set keys, or GATEWAY_HOST to 127.0.0.1',
    );
  });

  test('is announced loudly at the start', async () => {
    expect((await fetch(`${open.url}/tasks`)).status).toBe(200);
    const warnings = open
      .log()
      .split('\n')
      .filter((line) => line.includes('"level":"warn"') && line.includes('GATEWAY_AUTH=off'));
    expect(warnings).toHaveLength(1);
    expect(keyed.log()).not.toContain('GATEWAY_AUTH=off');
  });

  test('refuses requests for any host but this machine, as from a page that rebinds its name', async () => {
    for (const host of ['evil.example', `evil.example:${open.port}`, 'localhost.evil.example']) {
      const { status, body } = await getAs(host, `${open.url}/tasks`);
      expect([host, status]).toEqual([host, 403]);
      expect(JSON.parse(body)).toMatchObject({
        code: 'host_not_allowed',
        detail: expect.stringContaining('GATEWAY_AUTH=keys'),
      });
    }
    for (const host of [`localhost:${open.port}`, '127.0.0.1', `[::1]:${open.port}`]) {
      expect([host, (await getAs(host, `${open.url}/tasks`)).status]).toEqual([host, 200]);
    }
    // With keys the host does not matter: a web page has no key.
    const { headers } = await makeKey(database.db);
    expect((await getAs('tasks.example', `${keyed.url}/tasks`, headers)).status).toBe(200);
  });

  test('is the only alternative to keys', async () => {
    await using refused = await spawnGateway({ DATABASE_URL: database.url, GATEWAY_AUTH: 'token' });
    expect(await refused.exited).toBe(78);
    expect(refused.log()).toContain('GATEWAY_AUTH: ');
  });
});

/** fetch sets Host itself; this one allows any. */
function getAs(host: string, url: string, headers = {}): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const sent = get(url, { headers: { ...headers, host } }, async (response) => {
      const body = await text(response);
      resolve({ status: response.statusCode ?? 0, body });
    });
    sent.on('error', reject);
  });
}
