import { expect, test } from 'bun:test';
import { ConsoleWriter } from './console-writer.ts';

/** An output whose reader is told when to read. */
function slowOutput() {
  const waiting: { text: string; done: () => void }[] = [];
  let fail = (_error: Error) => {};
  return {
    waiting,
    read() {
      const read = waiting.splice(0);
      for (const { done } of read) done();
      return read.map(({ text }) => text);
    },
    fail: (error: Error) => fail(error),
    write: (text: string, done: () => void) => waiting.push({ text, done }) < 0,
    on: (_event: 'error', listener: (error: Error) => void) => {
      fail = listener;
    },
  };
}

test('a stalled reader costs bounded memory, and is told what it missed', () => {
  const output = slowOutput();
  const writer = new ConsoleWriter(output);
  for (let index = 0; index < 3_000; index++) writer.write('x'.repeat(1_000));
  const kept = output.waiting.length;
  expect(kept).toBeLessThan(1_100);
  output.read();
  writer.write('again');
  expect(output.read()).toEqual([`… ${3_000 - kept} lines not shown\nagain\n`]);
});

test('a reader that goes away is not an error', async () => {
  const output = slowOutput();
  const writer = new ConsoleWriter(output);
  writer.write('one');
  output.fail(new Error('EPIPE'));
  writer.write('two');
  expect(output.waiting).toHaveLength(1);
  await writer.flush();
});
