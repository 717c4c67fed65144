import { describe, expect, test } from 'bun:test';
import { accessOf } from '@millrace/access';
import { hashApiKey } from '@millrace/db';
import { parseTokens } from './environment-tokens.ts';

const TOKEN = 'abcdefghijklmnopqrstuvwxyz.0123456789_~+/-==';
const HASH = hashApiKey(TOKEN);

test('none', () => {
  expect(parseTokens('').size).toBe(0);
  expect(parseTokens(' , ').size).toBe(0);
});

test('plain and hashed tokens, with and without scopes and owners', () => {
  const other = hashApiKey(`${TOKEN}other`);
  const tokens = parseTokens(
    `desk=${TOKEN}, ci=sha256:${other.toUpperCase()};owner=search;scopes=tasks:read+tasks:write`,
  );
  const unlimited = { rate_limit: null, max_open_tasks: null };
  expect([...tokens]).toEqual([
    [HASH, accessOf('environment/desk', { scopes: ['tasks:read'], owner: 'desk', ...unlimited })],
    [
      other,
      accessOf('environment/ci', { scopes: ['tasks:read', 'tasks:write'], owner: 'search', ...unlimited }),
    ],
  ]);
});

describe('refuses, without ever echoing the token,', () => {
  test.each([
    [TOKEN, /entry 1 does not begin with a name/],
    [`=${TOKEN}`, /entry 1 does not begin with a name/],
    [`a=${TOKEN},b c=${TOKEN}`, /entry 2 does not begin with a name/],
    ['a=short', /the token of "a" must be 32 to 512/],
    [`a=${'ü'.repeat(40)}`, /the token of "a" must be/],
    [`a=${TOKEN},a=${TOKEN}`, /"a" is named twice/],
    [`a=${TOKEN};scope=tasks:read`, /"a" takes the options scopes= and owner=/],
    [`a=${TOKEN};owner=b c`, /"a" has an owner that is not/],
    [`a=${TOKEN};owner=b;owner=c`, /"a" takes the options scopes= and owner=, once each/],
    [`a=${TOKEN};scopes=tasks:read;x=1`, /"a" takes the options scopes= and owner=/],
    [
      `a=${TOKEN};scopes=tasks:admin`,
      /"a" has an unknown scope; the scopes are: tasks:read, tasks:write, admin/,
    ],
    [`a=${TOKEN};scopes=tasks:write`, /"a" needs tasks:read too/],
  ])('%s', (text, reason) => {
    try {
      parseTokens(text);
      expect.unreachable();
    } catch (error) {
      expect((error as Error).message).toMatch(reason);
      expect((error as Error).message).not.toContain('abcdefgh');
    }
  });
});
