import type { TaskError, Usage } from '@millrace/contracts';
import type { ModelAnswer } from '../models/model.ts';

/**
 * How an attempt ended. `released`: this executor is stopping, and others may take the task. `abandoned`: the
 * task is no longer ours; write nothing.
 */
export type Outcome =
  | { readonly kind: 'completed'; readonly answer: ModelAnswer }
  | {
      readonly kind: 'failed';
      readonly error: TaskError;
      /** Minimum delay before a retry; null if the provider asked for none. */
      readonly retryAfterMs: number | null;
      /** What the run has cost so far. */
      readonly usage: Usage | null;
    }
  | { readonly kind: 'released' }
  | { readonly kind: 'abandoned'; readonly cause: 'lost' | 'cancelled' };
