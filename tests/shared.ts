import { afterAll, beforeAll } from 'bun:test';

const TIMEOUT_MS = 60_000;

/** How to dispose of everything that is shared at present, in the order in which it was made. */
const disposals: (() => unknown)[] = [];

/**
 * What all tests of the calling file or `describe` share: made before them, and disposed of after them. Of several, the last
 * made goes first, whereas Bun runs hooks in the order of their calls. The returned object has its properties once it is made.
 *
 * @param dispose by default, calls its own `Symbol.asyncDispose` if it has one
 */
export function shared<Resource extends object>(
  make: () => Resource | Promise<Resource>,
  dispose = (resource: Resource & Partial<AsyncDisposable>): unknown => resource[Symbol.asyncDispose]?.(),
): Resource {
  let resource: Resource | undefined;
  let place = 0;
  beforeAll(async () => {
    const own = await make();
    resource = own;
    place = disposals.length;
    disposals.push(() => dispose(own));
  }, TIMEOUT_MS);
  afterAll(async () => {
    await using ending = new AsyncDisposableStack();
    if (!resource) return;
    for (const disposal of disposals.splice(place)) ending.defer(async () => void (await disposal()));
  }, TIMEOUT_MS);
  return new Proxy(Object.freeze({}) as Resource, {
    get(_, name) {
      if (!resource) throw new Error(`.${String(name)} is there for tests and hooks, but not before them`);
      const value = Reflect.get(resource, name);
      const isMethod = typeof value === 'function' && !Object.hasOwn(resource, name);
      return isMethod ? value.bind(resource) : value;
    },
  });
}
