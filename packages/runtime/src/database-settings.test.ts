import { expect, test } from 'bun:test';
import { databaseUrl } from './database-settings.ts';

const read = (url: string) => databaseUrl({ DATABASE_URL: url, DATABASE_CA_FILE: undefined });

test.each([
  'postgres://host/database',
  'postgres://user@host:5432/database',
  'postgresql://user:p%23%2F%3F%25%40%3A@host:5432/data%40base?application_name=a@b',
  'postgres://user:password@one:5432,two:5433,127.0.0.1:5434/database',
  'postgres://one:5432,two:5433/database?sslmode=require',
])('%p is an address', (url) => {
  expect(read(url)).toBe(url);
});

test.each([
  'postgres://user:sec#ret@host:5432/database',
  'postgres://user:sec/ret@host:5432/database',
  'postgres://user:sec?ret@host:5432/database',
  'postgres://user:sec%ret@host:5432/database',
  'postgres://user:123#ret@host:5432/database',
  'postgres://user:123/ret@host:5432/database',
  'postgres://user:123?ret@host:5432/database',
  'postgres://user:secret@host:99999/database',
  'postgres://user:secret@one:5432,two:99999/database',
  'postgres://user:secret@one,two:5432x/database',
])('%p is not one, and is reported without its password', (url) => {
  let message = '';
  try {
    read(url);
  } catch (error) {
    message = Bun.inspect(error);
  }
  expect(message).toContain('DATABASE_URL: not a URL');
  expect(message).not.toMatch(/sec|ret@|123/);
});

test.each([
  'postgres://user:secret@[::1]:5432/database',
  'postgres://user:secret@one,[2001:db8::1]/database',
  'postgres://user:secret@%2Fvar%2Frun/database',
])('%p has a host that the driver would look up as a name', (url) => {
  expect(() => read(url)).toThrow(/DATABASE_URL: a host in it is .* IPv6 address a name/);
});
