/** How long a key stays bound to its first request. */
export const KEY_LIFETIME_HOURS = 24;
