import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, within } from '../waiting.ts';

const CALL_TIMEOUT_MS = 20_000;

export const chromiumPath =
  Bun.which('chromium') ?? Bun.which('chromium-browser') ?? Bun.which('google-chrome');

/** One page of a headless Chromium with a new profile, driven over the DevTools protocol. */
export interface Page extends AsyncDisposable {
  /** The URL of each request that the page made. */
  readonly requests: readonly string[];
  /** What the console would show in red: errors, and whatever the page's security policy blocked. */
  readonly errors: readonly string[];
  open(url: string): Promise<void>;
  /** Emulates a phone that prefers dark pages. */
  becomePhone(): Promise<void>;
  /** The value of a JavaScript expression in the page; a promise is awaited. */
  evaluate<T>(expression: string): Promise<T>;
  /** A PNG of the window. */
  screenshot(): Promise<Uint8Array>;
}

export async function openPage(executable: string): Promise<Page> {
  const profile = await mkdtemp(join(tmpdir(), 'millrace-chromium-'));
  const flags = ['headless', 'no-sandbox', 'disable-gpu', 'disable-quic', 'no-first-run', 'disable-sync'];
  flags.push('disable-background-networking', 'disable-component-update', 'window-size=1280,1600');
  // This machine only: requests to anywhere else fail.
  flags.push('host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1');
  flags.push('remote-debugging-port=0', `user-data-dir=${profile}`);
  const browser = Bun.spawn([executable, ...flags.map((flag) => `--${flag}`), 'about:blank'], {
    stdout: 'ignore',
    stderr: 'ignore',
  });
  async function close() {
    browser.kill('SIGKILL');
    await browser.exited;
    // Its helpers exit a moment later, and write into the profile until then.
    await rm(profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }
  try {
    const socket = await connect(await pageAddress(profile));
    return { ...(await drive(socket)), [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }
}

function pageAddress(profile: string): Promise<string> {
  const options = { timeoutMs: CALL_TIMEOUT_MS };
  return eventually(
    'Chromium opens its page',
    async () => {
      const [port] = (await Bun.file(join(profile, 'DevToolsActivePort')).text()).split('\n');
      const targets = (await (await fetch(`http://127.0.0.1:${port}/json/list`)).json()) as {
        type: string;
        webSocketDebuggerUrl: string;
      }[];
      return targets.find(({ type }) => type === 'page')?.webSocketDebuggerUrl;
    },
    options,
  );
}

async function connect(url: string): Promise<WebSocket> {
  const socket = new WebSocket(url);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.onopen = () => resolve();
  socket.onerror = () => reject(new Error(`no DevTools at ${url}`));
  await within('DevTools accept a connection', CALL_TIMEOUT_MS, promise);
  return socket;
}

interface DevToolsMessage {
  id?: number;
  method?: string;
  // biome-ignore lint/suspicious/noExplicitAny: the shape depends on the method, and the tests read what they need.
  params?: any;
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  result?: any;
  error?: { message: string };
}

async function drive(socket: WebSocket): Promise<Omit<Page, typeof Symbol.asyncDispose>> {
  const calls = new Map<number, PromiseWithResolvers<DevToolsMessage>>();
  const requests: string[] = [];
  const errors: string[] = [];
  let lastId = 0;
  let loaded = Promise.withResolvers<void>();

  socket.onmessage = ({ data }) => {
    const message = JSON.parse(String(data)) as DevToolsMessage;
    const { method, params } = message;
    if (message.id !== undefined) calls.get(message.id)?.resolve(message);
    else if (method === 'Network.requestWillBeSent') requests.push(params.request.url);
    else if (method === 'Page.loadEventFired') loaded.resolve();
    else if (method === 'Runtime.exceptionThrown') errors.push(params.exceptionDetails.text);
    else if (method === 'Log.entryAdded' && params.entry.level === 'error') errors.push(params.entry.text);
  };

  async function call(method: string, params = {}) {
    const id = ++lastId;
    const answer = Promise.withResolvers<DevToolsMessage>();
    calls.set(id, answer);
    socket.send(JSON.stringify({ id, method, params }));
    const { result, error } = await within(method, CALL_TIMEOUT_MS, answer.promise);
    calls.delete(id);
    if (error) throw new Error(`${method}: ${error.message}`);
    return result;
  }

  for (const domain of ['Network', 'Page', 'Runtime', 'Log']) await call(`${domain}.enable`);
  return {
    requests,
    errors,
    async open(url) {
      loaded = Promise.withResolvers();
      await call('Page.navigate', { url });
      await within(`${url} loads`, CALL_TIMEOUT_MS, loaded.promise);
    },
    async becomePhone() {
      const screen = { width: 390, height: 844, deviceScaleFactor: 2, mobile: true };
      await call('Emulation.setDeviceMetricsOverride', screen);
      await call('Emulation.setEmulatedMedia', {
        features: [{ name: 'prefers-color-scheme', value: 'dark' }],
      });
    },
    async evaluate(expression) {
      const options = { expression, awaitPromise: true, returnByValue: true };
      const { result, exceptionDetails } = await call('Runtime.evaluate', options);
      if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
      return result.value;
    },
    async screenshot() {
      return Buffer.from((await call('Page.captureScreenshot', { format: 'png' })).data, 'base64');
    },
  };
}
