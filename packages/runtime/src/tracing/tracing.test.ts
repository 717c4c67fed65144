import { expect, test } from 'bun:test';
import { join } from 'node:path';

const SCRIPT = `
  const { openTracing } = await import(${JSON.stringify(join(import.meta.dir, '../index.ts'))});
  const tracing = await openTracing({ logger: console, onStop() {} }, { service: 'test', version: '0' });
  const loaded = Object.keys(require.cache).some((path) => path.includes('@opentelemetry'));
  console.log(JSON.stringify({ isOpen: tracing !== undefined, loaded }));
  process.exit();`;

/** In a separate process: this one has loaded whatever other tests need. */
async function open(environment: Record<string, string>): Promise<unknown> {
  const child = Bun.spawn([process.execPath, '-e', SCRIPT], {
    env: { PATH: process.env.PATH, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return JSON.parse(await new Response(child.stdout).text());
}

test('OpenTelemetry is loaded only where an endpoint is set', async () => {
  expect(await open({})).toEqual({ isOpen: false, loaded: false });
  const OTEL_EXPORTER_OTLP_ENDPOINT = 'http://127.0.0.1:1';
  expect(await open({ OTEL_EXPORTER_OTLP_ENDPOINT })).toEqual({ isOpen: true, loaded: true });
});
