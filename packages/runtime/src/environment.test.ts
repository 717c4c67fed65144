import { describe, expect, test } from 'bun:test';
import { Type } from '@sinclair/typebox';
import { ConfigurationError, readEnvironment } from './environment.ts';

const schemas = {
  PORT: Type.Integer({ minimum: 1, maximum: 65_535, default: 3000, description: 'a port' }),
  DATABASE_URL: Type.String({
    pattern: '^postgres(ql)?://',
    description: 'postgres://user@host:port/database',
  }),
  MODE: Type.Union([Type.Literal('on'), Type.Literal('off')], { default: 'on', description: 'on or off' }),
  SHARE: Type.Number({ minimum: 0, maximum: 1, default: 1 }),
  EXTRA: Type.Union([Type.String({ pattern: '^https?://' }), Type.Undefined()]),
};

describe('readEnvironment', () => {
  test('converts numbers and fills in defaults', () => {
    const values = readEnvironment(schemas, { PORT: '8080', DATABASE_URL: 'postgres://localhost/millrace' });
    expect(values).toEqual({
      PORT: 8080,
      DATABASE_URL: 'postgres://localhost/millrace',
      MODE: 'on',
      SHARE: 1,
      EXTRA: undefined,
    });
    expect(readEnvironment(schemas, { DATABASE_URL: 'postgres://localhost/millrace', PORT: '' }).PORT).toBe(
      3000,
    );
  });

  test('names every invalid variable, its remedy, and its value if that cannot be a secret', () => {
    const wrong = {
      PORT: '70000',
      MODE: 'loud',
      SHARE: '2',
      DATABASE_URL: 'mysql://root:secret@localhost',
      EXTRA: 'secret',
    };
    const read = () => readEnvironment(schemas, wrong);
    expect(read).toThrow(ConfigurationError);
    // As an error: a text would only have to be part of the message.
    expect(read).toThrow(
      new ConfigurationError(
        'The environment is not valid:\n' +
          '  PORT: is not valid: "70000" (a port; a whole number from 1 to 65535)\n' +
          '  DATABASE_URL: is not valid (postgres://user@host:port/database)\n' +
          '  MODE: is not valid: "loud" (on or off)\n' +
          '  SHARE: is not valid: "2" (a number from 0 to 1)\n' +
          '  EXTRA: is not valid',
      ),
    );
    expect(() => readEnvironment(schemas, {})).toThrow(/DATABASE_URL: is not set/);
  });
});
