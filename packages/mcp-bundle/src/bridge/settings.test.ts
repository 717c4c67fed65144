import { expect, test } from 'bun:test';
import { readSettings } from './settings.ts';

const of = (MILLRACE_URL?: string, MILLRACE_TOKEN?: string) => {
  const { url, token } = readSettings({ MILLRACE_URL, MILLRACE_TOKEN });
  return [url.href, token];
};

test('the key is optional, and never travels where others can read it', () => {
  expect(of(' http://127.0.0.1:3333/mcp ', '')).toEqual(['http://127.0.0.1:3333/mcp', undefined]);
  expect(of('http://[::1]:3333/mcp', 't')).toEqual(['http://[::1]:3333/mcp', 't']);
  expect(of('http://localhost/mcp', 't')[1]).toBe('t');
  expect(of('https://millrace.example.com/mcp', 't')[1]).toBe('t');
  expect(of('http://millrace.example.com/mcp')[1]).toBeUndefined();
  expect(() => of('http://millrace.example.com/mcp', 't')).toThrow('use https://');
  expect(() => of('http://127.0.0.1.example.com/mcp', 't')).toThrow('use https://');
});

test('a placeholder left unfilled counts as unset', () => {
  expect(of('http://localhost/mcp', `\${user_config.token}`)[1]).toBeUndefined();
  expect(() => of(`\${user_config.url}`)).toThrow('serves at http://127.0.0.1:3333/mcp');
});

test.each([undefined, '', 'localhost:3333', 'file:///etc/passwd', 'http://'])('%p is no address', (url) => {
  expect(() => of(url)).toThrow('is not an http(s) URL');
});

test('a key that could end a header is refused and not echoed', () => {
  expect(() => of('http://localhost/mcp', 'secret\r\nx: y')).toThrow(
    /^The API key in the settings has characters that no/,
  );
});
