import { expect, spyOn, test } from 'bun:test';
import { KeyLookupOverloaded, KeyVerifier } from '@millrace/access';
import { createLogger } from '@millrace/runtime';
import { shared } from '../shared.ts';
import { createTestDatabase } from '../test-database.ts';
import { makeKey } from './make-key.ts';

const database = shared(createTestDatabase);

/** More than are looked up at once, plus more than may wait. */
const TRIED = 12_000;
const LOOKED_UP_AT_ONCE = 1_000;
const CACHE_MS = 5_000;

/** In the form of a key, but nobody's. */
const someKey = () =>
  `mrt_${crypto.getRandomValues(new Uint8Array(32)).toBase64({ alphabet: 'base64url', omitPadding: true })}`;

test('a key known as good is looked up ahead of unknown ones, and not refused because of them', async () => {
  const verifier = new KeyVerifier({
    db: database.db,
    logger: createLogger('known-keys', 'error', 'stderr'),
  });
  const { key } = await makeKey(database.db);
  const access = await verifier.verify(key);
  expect(access).not.toBeNull();
  // The cached result has expired.
  const now = performance.now.bind(performance);
  using _ = spyOn(performance, 'now').mockImplementation(() => now() + CACHE_MS);
  let answered = 0;
  let refused = 0;
  const tried = Array.from({ length: TRIED }, async () => {
    try {
      expect(await verifier.verify(someKey())).toBeNull();
      answered++;
    } catch (error) {
      expect(error).toBeInstanceOf(KeyLookupOverloaded);
      refused++;
    }
  });
  const known = verifier.verify(key);
  expect(await known).toEqual(access);
  expect(answered).toBeLessThanOrEqual(LOOKED_UP_AT_ONCE);
  await Promise.all(tried);
  expect(refused).toBeGreaterThan(0);
}, 30_000);
