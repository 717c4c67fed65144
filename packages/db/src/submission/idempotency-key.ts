/** How long a key binds the request that it first came with. */
export const KEY_LIFETIME_HOURS = 24;
