import { type Static, Type } from '@sinclair/typebox';

/** Of the attempts of a task, and of its steps: ordinary tasks have fewer, so that theirs are all on the first page. */
const PAGE_SIZE_MAX = 100;

export const HistoryQuery = Type.Object(
  {
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: PAGE_SIZE_MAX, default: PAGE_SIZE_MAX })),
    cursor: Type.Optional(
      Type.String({ format: 'history-cursor', description: '`next_cursor` of the page before' }),
    ),
  },
  { additionalProperties: false },
);
export type HistoryQuery = Static<typeof HistoryQuery>;
