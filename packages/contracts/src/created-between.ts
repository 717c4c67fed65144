import { Type } from '@sinclair/typebox';
import { Timestamp } from './formats.ts';

/** The fields of a filter by the time of creation. */
export const CREATED_BETWEEN = {
  created_after: Type.Optional({
    ...Timestamp,
    description:
      'Created later than this, to the millisecond: given the last `created_at`, only newer tasks come',
  }),
  created_before: Type.Optional({
    ...Timestamp,
    description: 'Created earlier than this, to the millisecond',
  }),
};
