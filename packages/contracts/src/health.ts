import { type Static, Type } from '@sinclair/typebox';
import { StrictObject } from './strict-object.ts';
import { StringEnum } from './string-enum.ts';

export const DependencyHealth = StrictObject({
  status: StringEnum(['up', 'down']),
  required: Type.Boolean({ description: 'Whether the service is ready only with it' }),
  detail: Type.Optional(Type.String()),
});
export type DependencyHealth = Static<typeof DependencyHealth>;

export const Readiness = StrictObject({
  status: StringEnum(['ready', 'unready']),
  dependencies: Type.Record(Type.String(), DependencyHealth),
});
export type Readiness = Static<typeof Readiness>;
