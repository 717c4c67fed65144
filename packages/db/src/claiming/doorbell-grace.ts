/**
 * How long a task that just became ready is left to the executor that gets its message, before the rescue
 * path may take it. Well above the usual time from commit to claim, and too short for a person to notice.
 */
export const DOORBELL_GRACE_SECONDS = 0.15;
