import type { ClientContext } from '../server/context.ts';

const SLICE_MS = 10;

/**
 * Handles the items of a request, each of which may write to disk. Others are served in between. Ends once nobody
 * waits for the answer any more.
 */
export async function inTurn<Item, Outcome>(
  items: Iterable<Item>,
  client: ClientContext,
  handle: (item: Item) => Outcome,
): Promise<Outcome[]> {
  let isAwaited = true;
  client.onDisconnect(() => {
    isAwaited = false;
  });
  const outcomes: Outcome[] = [];
  let sliceEndsMs = performance.now() + SLICE_MS;
  for (const item of items) {
    if (performance.now() > sliceEndsMs) {
      await new Promise(setImmediate);
      sliceEndsMs = performance.now() + SLICE_MS;
    }
    if (!isAwaited) break;
    outcomes.push(handle(item));
  }
  return outcomes;
}
