/** A client is not kept waiting for its subscription while Postgres is slow. */
const WAIT_MS_MAX = 1_000;

/** Resolves with the first look at what is watched from now on, or without it if that takes too long. */
export async function firstLook(look: Promise<void>): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, WAIT_MS_MAX);
  await Promise.race([look, late]);
  clearTimeout(timer);
}
