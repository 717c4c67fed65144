import { expect, test } from 'bun:test';
import { decodeBatchHeader } from '../log/record-batch.ts';
import { makeBatch } from '../testing/batches.ts';
import { ErrorCode } from '../wire/error-codes.ts';
import { ProducerTable } from './producer-table.ts';

function batch(baseSequence: number, count = 1, producerEpoch = 0) {
  const values = Array.from({ length: count }, () => 'v');
  return decodeBatchHeader(makeBatch({ values, producerId: 1, producerEpoch, baseSequence }), 0);
}

function tableAfter(...batches: ReturnType<typeof batch>[]): ProducerTable {
  const table = new ProducerTable();
  let offset = 100;
  for (const each of batches) {
    table.note(each, offset);
    offset += each.recordCount;
  }
  return table;
}

const outOfOrder = { kind: 'refused', error: ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER } as const;

test('the next sequence is appended, a gap is refused', () => {
  const table = tableAfter(batch(0, 3));
  expect(table.check(batch(3))).toEqual({ kind: 'append' });
  expect(table.check(batch(4))).toEqual(outOfOrder);
  expect(table.check(batch(1))).toEqual(outOfOrder);
});

test('the last five batches are recognised, with their offsets', () => {
  const table = tableAfter(...[0, 1, 2, 3, 4, 5].map((sequence) => batch(sequence)));
  for (let sequence = 1; sequence <= 5; sequence++) {
    expect(table.check(batch(sequence))).toEqual({ kind: 'duplicate', baseOffset: 100 + sequence });
  }
  expect(table.check(batch(0))).toEqual(outOfOrder);
});

test('a newer epoch begins at 0, an older one is fenced', () => {
  const table = tableAfter(batch(0, 1, 1));
  expect(table.check(batch(0, 1, 2))).toEqual({ kind: 'append' });
  expect(table.check(batch(1, 1, 2))).toEqual(outOfOrder);
  expect(table.check(batch(1, 1, 0))).toEqual({ kind: 'refused', error: ErrorCode.INVALID_PRODUCER_EPOCH });
});

test('sequences wrap after 2^31 − 1', () => {
  const table = tableAfter(batch(2 ** 31 - 2, 2));
  expect(table.check(batch(0))).toEqual({ kind: 'append' });
});

test('the state survives a round trip through JSON', () => {
  const restored = new ProducerTable();
  restored.restore(JSON.parse(JSON.stringify(tableAfter(batch(0), batch(1)))));
  expect(restored.check(batch(1))).toEqual({ kind: 'duplicate', baseOffset: 101 });
  expect(restored.check(batch(2))).toEqual({ kind: 'append' });
});

test('remembers a bounded number of producers', () => {
  const table = new ProducerTable();
  for (let id = 0; id < 5000; id++) table.note({ ...batch(0), producerId: id }, id);
  expect(table.toJSON().length).toBe(1000);
  expect(table.check({ ...batch(0), producerId: 4999 })).toEqual({ kind: 'duplicate', baseOffset: 4999 });
});
