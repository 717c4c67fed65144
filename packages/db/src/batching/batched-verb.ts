import type { Database } from '../connection/database.ts';
import { answeredInTime } from '../connection/deadline.ts';
import { isInvalidData } from '../connection/errors.ts';
import { observed } from '../connection/observer.ts';
import { GroupCommit, type GroupCommitOptions } from './group-commit.ts';

/** More rows no longer help, and the callers of one batch continue while the next is written. */
const BATCH_SIZE_MAX = 128;

/**
 * A verb whose concurrent calls on one database share statements and commits.
 *
 * @param name of the verb, for observers
 * @param flush one outcome per input, in their order
 * @param options see GroupCommit
 */
export function batchedVerb<Input, Outcome>(
  name: string,
  flush: (db: Database, inputs: readonly Input[]) => Promise<readonly Outcome[]>,
  options: Partial<
    Pick<GroupCommitOptions<Input, Outcome>, 'maxItems' | 'secondFlushMin' | 'areAlike' | 'sizeOf'>
  > = {},
): (db: Database, input: Input) => Promise<Outcome> {
  const groups = new WeakMap<Database, GroupCommit<Input, Outcome>>();
  return (db, input) => {
    let group = groups.get(db);
    if (!group) {
      group = new GroupCommit({
        maxItems: BATCH_SIZE_MAX,
        ...options,
        isItemFault: isInvalidData,
        // A flush that is never answered must not block all later ones.
        flush: (inputs) => observed(db, name, answeredInTime(flush(db, inputs)), inputs.length),
      });
      groups.set(db, group);
    }
    return group.add(input);
  };
}
