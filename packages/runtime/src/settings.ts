import { type TSchema, Type } from '@sinclair/typebox';
import { readEnvironment } from './environment.ts';
import type { LogLevel } from './logger.ts';

/** Variables shared by several services, each with one meaning and one default. */
export const settings = {
  DATABASE_URL: Type.String({
    pattern: '^postgres(ql)?://',
    description: 'where Postgres is, as postgres://user:password@host:port/database',
  }),
  KAFKA_BROKERS: Type.String({
    pattern: '^[^,\\s:]+:\\d+(,[^,\\s:]+:\\d+)*$',
    default: '127.0.0.1:9092',
    description: 'host:port of the brokers, separated by commas',
  }),
  MODELS: Type.String({
    default: 'builtin,simulated,gpt-4=builtin',
    description:
      'models that may be asked for, separated by commas, the default first: name=provider;option=value;…',
  }),
};

export function port(defaultPort: number) {
  return Type.Integer({
    minimum: 1,
    maximum: 65_535,
    default: defaultPort,
    description: 'a port',
  });
}

export function host() {
  return Type.String({
    minLength: 1,
    default: '127.0.0.1',
    description: 'the address to listen on; 0.0.0.0 for every network interface',
  });
}

/** A variable that may be unset. */
export function optional<Schema extends TSchema>(schema: Schema) {
  return Type.Union([schema, Type.Undefined()], { description: schema.description ?? '' });
}

/** One of a few words. */
export function oneOf<const Words extends readonly string[]>(
  words: Words,
  {
    description = `one of ${words.join(', ')}`,
    ...options
  }: { default?: Words[number]; description?: string } = {},
) {
  return Type.Union(
    words.map((word: Words[number]) => Type.Literal(word)),
    { description, ...options },
  );
}

export function readLogLevel(): LogLevel {
  const level = oneOf(['debug', 'info', 'warn', 'error'], { default: 'info' });
  return readEnvironment({ LOG_LEVEL: level }).LOG_LEVEL;
}
