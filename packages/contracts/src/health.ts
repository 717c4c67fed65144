import { type Static, Type } from '@sinclair/typebox';
import { StringEnum } from './string-enum.ts';

export const DependencyHealth = Type.Object(
  {
    status: StringEnum(['up', 'down']),
    required: Type.Boolean({ description: 'Whether the service is unready without it' }),
    detail: Type.Optional(Type.String()),
  },
  { additionalProperties: false },
);
export type DependencyHealth = Static<typeof DependencyHealth>;

export const Readiness = Type.Object(
  {
    status: StringEnum(['ready', 'unready']),
    dependencies: Type.Record(Type.String(), DependencyHealth),
  },
  { additionalProperties: false },
);
export type Readiness = Static<typeof Readiness>;
