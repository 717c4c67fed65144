import { TASK_STATUSES } from '@millrace/contracts';
import { findTaskIds } from '@millrace/db';
import type { McpContext } from '../context.ts';

/** The completions of a value that somebody has begun to type. */
export type Complete = (context: McpContext, typed: string) => Promise<string[]>;

/** The protocol's own bound. */
export const VALUES_MAX = 100;

export const completeTaskId = completeTaskIds();

export const completeFailedTaskId = completeTaskIds('FAILED');

export const completeStatus: Complete = async (_context, typed) =>
  TASK_STATUSES.filter((status) => status.startsWith(typed.toUpperCase()));

export const completeModel: Complete = async ({ models }, typed) =>
  models.map(({ id }) => id).filter((id) => id.startsWith(typed));

function completeTaskIds(status?: 'FAILED'): Complete {
  const filter = { limit: VALUES_MAX, ...(status && { status }) };
  return async ({ databases, caller }, prefix) => {
    await databases.ready();
    return findTaskIds(databases.scanning, caller, { prefix, ...filter });
  };
}
