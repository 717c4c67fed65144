import { type Static, Type } from '@sinclair/typebox';
import { StrictObject } from './strict-object.ts';

/** For attempts and for steps: ordinary tasks have fewer, so that all of theirs are on the first page. */
const PAGE_SIZE_MAX = 100;

export const HistoryQuery = StrictObject({
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: PAGE_SIZE_MAX, default: PAGE_SIZE_MAX })),
  cursor: Type.Optional(
    Type.String({ format: 'history-cursor', description: '`next_cursor` of the previous page' }),
  ),
});
export type HistoryQuery = Static<typeof HistoryQuery>;
