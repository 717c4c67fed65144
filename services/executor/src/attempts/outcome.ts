import type { TaskError, Usage } from '@millrace/contracts';
import type { ModelAnswer } from '../models/model.ts';

/**
 * How an attempt ended. `released`: this executor is stopping, others may take the task. `abandoned`: it is not ours any more,
 * nothing is to be written.
 */
export type Outcome =
  | { readonly kind: 'completed'; readonly answer: ModelAnswer }
  | {
      readonly kind: 'failed';
      readonly error: TaskError;
      /** A retry is to wait at least so long; null where nobody asked for it. */
      readonly retryAfterMs: number | null;
      /** What the run has cost so far. */
      readonly usage: Usage | null;
    }
  | { readonly kind: 'released' }
  | { readonly kind: 'abandoned'; readonly cause: 'lost' | 'cancelled' };
