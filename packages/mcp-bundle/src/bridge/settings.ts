/** Names what to correct in the extension's settings. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

interface Settings {
  readonly url: URL;
  readonly token: string | undefined;
}

/**
 * What the user entered, passed in the environment. A setting that was left empty may come as its own placeholder.
 *
 * @throws SettingsError
 */
export function readSettings({ MILLRACE_URL, MILLRACE_TOKEN }: Record<string, string | undefined>): Settings {
  const url = urlOf(entered(MILLRACE_URL) ?? '');
  const token = entered(MILLRACE_TOKEN);
  if (token && !/^[\x21-\x7e]+$/.test(token)) {
    throw new SettingsError(
      'The API key in the settings has characters that no key contains, such as blanks.',
    );
  }
  if (token && url.protocol === 'http:' && !isLoopback(url.hostname)) {
    throw new SettingsError(
      `The API key would go to ${url.hostname} unencrypted: use https:// in the settings.`,
    );
  }
  return { url, token };
}

function urlOf(text: string): URL {
  if (/^https?:\/\//i.test(text) && URL.canParse(text)) return new URL(text);
  throw new SettingsError(
    'The address in the settings is not an http(s) URL: `bun run up` serves at http://127.0.0.1:3333/mcp.',
  );
}

function entered(value: string | undefined): string | undefined {
  const text = value?.trim();
  return !text || text.startsWith('${') ? undefined : text;
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname);
}
