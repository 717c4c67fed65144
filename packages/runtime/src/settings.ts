import { Type } from '@sinclair/typebox';
import { readEnvironment } from './environment.ts';
import type { LogLevel } from './logger.ts';

/** Variables that several services share, so that each has one meaning and one default. */
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
    default: 'builtin,simulated',
    description:
      'models that may be asked for, separated by commas, the default first: name=provider;option=value;…',
  }),
};

export function port(defaultPort: number) {
  return Type.Integer({
    minimum: 1,
    maximum: 65_535,
    default: defaultPort,
    description: 'a port from 1 to 65535',
  });
}

export function host() {
  return Type.String({
    minLength: 1,
    default: '127.0.0.1',
    description: 'the address to listen on; 0.0.0.0 for every network interface',
  });
}

export function readLogLevel(): LogLevel {
  const levels = ['debug', 'info', 'warn', 'error'] as const;
  const level = Type.Union(
    levels.map((name) => Type.Literal(name)),
    { default: 'info', description: `one of ${levels.join(', ')}` },
  );
  return readEnvironment({ LOG_LEVEL: level }).LOG_LEVEL;
}
