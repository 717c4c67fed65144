import { expect, test } from 'bun:test';
import { seeded } from '../testing/seeded.ts';
import { Place, RequestRoom } from './request-room.ts';

const KIB = 1024;
const ROOM_BYTES = 1024 * KIB;

test('waiting requests are admitted in order, each as soon as all of it fits', () => {
  const room = new RequestRoom(ROOM_BYTES);
  const admitted: string[] = [];
  const enter = (name: string, bytes: number) => {
    const place = new Place(room, () => admitted.push(name));
    return { place, waits: place.waitsFor(bytes) };
  };
  const first = enter('first', 600 * KIB);
  const second = enter('second', 600 * KIB);
  const third = enter('third', 100 * KIB);
  const small = enter('small', 64 * KIB);
  // The third would fit, but would keep the second waiting.
  expect([first, second, third, small].map(({ waits }) => waits)).toEqual([false, true, true, false]);
  first.place.leave();
  expect(admitted).toEqual(['second', 'third']);
});

test.each([1, 2, 3])(
  'in whatever order requests leave, the limit holds and all get their turn (seed %p)',
  (seed) => {
    const room = new RequestRoom(ROOM_BYTES);
    const random = seeded(seed);
    const inside = new Set<Place>();
    const waiting: Place[] = [];
    const enter = () => {
      const place = new Place(room, () => {
        expect(waiting.shift()).toBe(place);
        inside.add(place);
      });
      // One larger than the room has it to itself.
      if (place.waitsFor(Math.ceil((64 + random() * 1200) * KIB))) waiting.push(place);
      else inside.add(place);
    };
    const leave = (places: Place[]) => {
      const [place] = places.splice(Math.floor(random() * places.length), 1);
      if (!place) return;
      inside.delete(place);
      place.leave();
    };
    const check = () => {
      const taken = [...inside].reduce((sum, { bytes }) => sum + bytes, 0);
      if (inside.size > 1) expect(taken).toBeLessThanOrEqual(ROOM_BYTES);
      if (waiting[0]) expect(taken + waiting[0].bytes).toBeGreaterThan(ROOM_BYTES);
    };
    for (let step = 0; step < 2_000; step++) {
      if (random() < 0.5) enter();
      else leave(random() < 0.7 ? [...inside] : waiting);
      check();
    }
    while (inside.size > 0) leave([...inside]);
    expect(waiting).toEqual([]);
  },
);
