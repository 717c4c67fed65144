import { expect, test } from 'bun:test';
import { SharedPlaces } from './shared-places.ts';

test('an owner gets half of the places and leaves the rest to others', () => {
  const places = new SharedPlaces(5);
  places.take('ada');
  expect(places.isFreeFor('ada')).toBe(true);
  places.take('ada');
  expect(['ada', 'bob', null].map((owner) => places.isFreeFor(owner))).toEqual([false, true, true]);
  expect(places.occupants('ada', 'batches')).toBe('2 batches of ada, as many as one owner may have,');
  places.leave('ada');
  places.leave('ada');
  expect([1, 2, 3].map((count) => places.isFreeFor('ada', count))).toEqual([true, true, false]);
});

test('all owners together get no more places than exist', () => {
  const places = new SharedPlaces(3);
  for (const owner of ['ada', 'bob', 'eve']) places.take(owner);
  expect(['ada', 'dan', null].map((owner) => places.isFreeFor(owner))).toEqual([false, false, false]);
  expect(places.occupants('dan', 'batches')).toBe('3 batches');
  places.leave('bob');
  expect(['ada', 'dan'].map((owner) => places.isFreeFor(owner))).toEqual([false, true]);
});

test('a caller without an owner may take every place', () => {
  const places = new SharedPlaces(2);
  places.take(null);
  expect(places.isFreeFor(null)).toBe(true);
  places.take(null);
  expect([places.isFreeFor(null), places.taken]).toEqual([false, 2]);
  places.leave(null);
  expect([places.isFreeFor(null), places.taken]).toEqual([true, 1]);
});

test('the share of a single place is that place; of no places, none', () => {
  expect(new SharedPlaces(1).isFreeFor('ada')).toBe(true);
  expect([new SharedPlaces(0).isFreeFor('ada'), new SharedPlaces(0).isFreeFor(null)]).toEqual([false, false]);
});
