import { expect, test } from 'bun:test';
import type { Logger } from '@millrace/contracts';
import { shared } from '../shared.ts';
import { createTestDatabase } from '../test-database.ts';
import { createTelemetry } from './gateway.ts';
import { listenAsGateway } from './listening-gateway.ts';
import { rawGet } from './raw-request.ts';

const database = shared(() => createTestDatabase(1));

function recorder() {
  const logged: string[] = [];
  const log = (_: object, message: string) => void logged.push(message);
  const logger: Logger = { debug: log, info: log, warn: log, error: log };
  return { logger, logged };
}

async function answerTo(port: number, path: string, host: string) {
  const { status, body } = await rawGet(port, path, host).answer;
  return { status, problem: JSON.parse(body) };
}

test.each(['localhost:99999999', 'a b', '[', 'x:y:z', '%%%', 'a/b', 'a?b', ''])(
  'with the Host "%s" an unknown path is 404, a known one as for any foreign host, and nothing is logged',
  async (host) => {
    const { logger, logged } = recorder();
    await using gateway = await listenAsGateway(database, {}, { logger });
    expect(await answerTo(gateway.port, '/nope?x=1', host)).toMatchObject({
      status: 404,
      problem: { code: 'not_found', detail: expect.stringContaining(' /nope;') },
    });
    const known = await answerTo(gateway.port, '/models', host);
    expect([200, 403]).toContain(known.status);
    expect(logged).toEqual([]);
  },
);

test('an error outside every handler is a problem too, and logged', async () => {
  const { logger, logged } = recorder();
  const telemetry = createTelemetry();
  telemetry.answered = () => {
    throw new Error('nobody foresaw this');
  };
  await using gateway = await listenAsGateway(database, {}, { logger, telemetry });
  for (const path of ['/nope', '/health']) {
    expect(await answerTo(gateway.port, path, 'localhost')).toMatchObject({
      status: 500,
      problem: { status: 500, code: 'internal_error' },
    });
  }
  expect(logged).toContain('uncaught error');
});
