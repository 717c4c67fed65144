import { Bridge } from './bridge.ts';
import { Endpoint } from './endpoint.ts';
import { messageLine, readLines } from './message-lines.ts';
import { readSettings, SettingsError } from './settings.ts';

/** How long answers are waited for at the end: desktop clients expect their servers to be gone within a second. */
const DRAIN_MS_MAX = 500;

/** Standard output carries the protocol and nothing else. */
function log(text: string): void {
  process.stderr.write(`millrace: ${text}\n`);
}

async function run(): Promise<void> {
  const { url, token } = readSettings(process.env);
  const bridge = new Bridge({
    endpoint: new Endpoint(url, token),
    write: (message) => process.stdout.write(messageLine(message)),
    log,
  });
  // The reader has gone: there is nobody to answer.
  process.stdout.on('error', () => process.exit(0));
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void end(0));

  async function end(drainMs: number): Promise<void> {
    setTimeout(() => process.exit(0), DRAIN_MS_MAX + 200);
    await bridge.close(drainMs);
    process.exit(0);
  }

  log(`tasks of ${url.href}${token ? ', with an API key' : ''}`);
  for await (const line of readLines(process.stdin)) bridge.receive(line);
  await end(DRAIN_MS_MAX);
}

run().catch((error: unknown) => {
  log(error instanceof SettingsError ? error.message : String(error));
  process.exit(1);
});
