/**
 * How long a task that was just made ready is left to the executor that gets its message; then the rescue path may
 * take it. Well above the usual time from commit to claim, and below what a person would notice.
 */
export const DOORBELL_GRACE_SECONDS = 0.15;
