import { describe, expect, test } from 'bun:test';
import { Type } from '@sinclair/typebox';
import { ConfigurationError, readEnvironment } from './environment.ts';

const schemas = {
  PORT: Type.Integer({ minimum: 1, maximum: 65_535, default: 3000, description: 'a port from 1 to 65535' }),
  DATABASE_URL: Type.String({
    pattern: '^postgres(ql)?://',
    description: 'postgres://user@host:port/database',
  }),
  EXTRA: Type.Union([Type.String(), Type.Undefined()]),
};

describe('readEnvironment', () => {
  test('converts numbers and fills in defaults', () => {
    const values = readEnvironment(schemas, { PORT: '8080', DATABASE_URL: 'postgres://localhost/millrace' });
    expect(values).toEqual({ PORT: 8080, DATABASE_URL: 'postgres://localhost/millrace', EXTRA: undefined });
    expect(readEnvironment(schemas, { DATABASE_URL: 'postgres://localhost/millrace', PORT: '' }).PORT).toBe(
      3000,
    );
  });

  test('names every wrong variable and its remedy, and never a value', () => {
    const read = () => readEnvironment(schemas, { PORT: '0', DATABASE_URL: 'mysql://root:secret@localhost' });
    expect(read).toThrow(ConfigurationError);
    expect(read).toThrow(/PORT: .*\(a port from 1 to 65535\)\n {2}DATABASE_URL: .*postgres:\/\/user@host/);
    expect(read).not.toThrow(/secret/);
    expect(() => readEnvironment(schemas, {})).toThrow(/DATABASE_URL: is not set/);
  });
});
