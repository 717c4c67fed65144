import type { Database } from '../connection/database.ts';
import { answeredInTime } from '../connection/deadline.ts';
import { isInvalidData } from '../connection/errors.ts';
import { observed } from '../connection/observer.ts';
import { GroupCommit, type GroupCommitOptions, type LATER } from './group-commit.ts';

/** One more row no longer helps, and whoever is in one batch goes on while the next is written. */
const BATCH_SIZE_MAX = 128;

/**
 * A verb whose concurrent calls on one database share statements and commits.
 *
 * @param name of the verb, as observers are told it
 * @param flush one outcome per input, in their order; never LATER for all of them
 * @param options see GroupCommit
 */
export function batchedVerb<Input, Outcome>(
  name: string,
  flush: (db: Database, inputs: readonly Input[]) => Promise<readonly (Outcome | typeof LATER)[]>,
  options: Partial<Pick<GroupCommitOptions<Input, Outcome>, 'maxItems' | 'secondFlushMin' | 'areAlike'>> = {},
): (db: Database, input: Input) => Promise<Outcome> {
  const groups = new WeakMap<Database, GroupCommit<Input, Outcome>>();
  return (db, input) => {
    let group = groups.get(db);
    if (!group) {
      group = new GroupCommit({
        maxItems: BATCH_SIZE_MAX,
        ...options,
        isItemFault: isInvalidData,
        // A flush that is never answered must not hold up all that come after it.
        flush: (inputs) => observed(db, name, answeredInTime(flush(db, inputs)), inputs.length),
      });
      groups.set(db, group);
    }
    return group.add(input);
  };
}
