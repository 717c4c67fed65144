import { expect, test } from 'bun:test';
import { join } from 'node:path';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { ProducerIds } from './producer-ids.ts';

test('no id is handed out twice, not after restarts either', () => {
  using folder = temporaryFolder();
  const given: number[] = [];
  for (const count of [1, 1500, 1]) {
    const ids = new ProducerIds(join(folder.path, 'next-producer-id.json'));
    for (let i = 0; i < count; i++) given.push(ids.next());
  }
  expect(new Set(given).size).toBe(1502);
});
