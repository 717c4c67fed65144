import { Type } from '@sinclair/typebox';
import { Timestamp } from './formats.ts';

/** What filters by the time of creation take. */
export const CREATED_BETWEEN = {
  created_after: Type.Optional(
    Type.Unsafe<string>({
      ...Timestamp,
      description: 'Created later than this, to the millisecond: the last `created_at` brings nothing twice',
    }),
  ),
  created_before: Type.Optional(
    Type.Unsafe<string>({ ...Timestamp, description: 'Created earlier than this, to the millisecond' }),
  ),
};
