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
const UNKNOWN_MAX = 1_000;

/** In the form of a key, but nobody's. */
const someKey = () =>
  `mrt_${crypto.getRandomValues(new Uint8Array(32)).toBase64({ alphabet: 'base64url', omitPadding: true })}`;

/** A verifier, and how many statements it has sent. */
function createVerifier() {
  const sent = { statements: 0 };
  const sql = new Proxy(database.db.sql, {
    apply(target, self, args) {
      sent.statements++;
      return Reflect.apply(target, self, args);
    },
  });
  const logger = createLogger('known-keys', 'error', 'stderr');
  return { verifier: new KeyVerifier({ db: { ...database.db, sql }, logger }), sent };
}

/** Everything cached so far has expired. */
function afterCaching() {
  const now = performance.now.bind(performance);
  return spyOn(performance, 'now').mockImplementation(() => now() + CACHE_MS);
}

test('an unknown or revoked key is looked up once in a while, however often it is tried', async () => {
  const { verifier, sent } = createVerifier();
  const { id, key } = await makeKey(database.db);
  expect(await verifier.verify(key)).not.toBeNull();
  const ofOneLookup = sent.statements;
  await database.db.sql`update api_keys set revoked_at = now() where id = ${id}`;
  using _ = afterCaching();
  for (const refused of [key, someKey()]) {
    sent.statements = 0;
    for (let i = 0; i < 10; i++) expect(await verifier.verify(refused)).toBeNull();
    expect(sent.statements).toBe(ofOneLookup);
  }
});

test('guesses fill the memory only up to a limit, and displace no key known as good', async () => {
  const { verifier, sent } = createVerifier();
  const { key } = await makeKey(database.db);
  expect(await verifier.verify(key)).not.toBeNull();
  const guesses = Array.from({ length: UNKNOWN_MAX + 1 }, someKey);
  await Promise.all(guesses.map((guess) => verifier.verify(guess)));
  sent.statements = 0;
  await Promise.all([key, ...guesses.slice(1)].map((cached) => verifier.verify(cached)));
  expect(sent.statements).toBe(0);
  await verifier.verify(guesses[0]!);
  expect(sent.statements).toBeGreaterThan(0);
});

test('a key known as good is looked up ahead of unknown ones, and not refused because of them', async () => {
  const { verifier } = createVerifier();
  const { key } = await makeKey(database.db);
  const access = await verifier.verify(key);
  expect(access).not.toBeNull();
  using _ = afterCaching();
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
