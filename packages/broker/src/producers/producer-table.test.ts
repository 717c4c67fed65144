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

function expectRefusal(table: ProducerTable, refused: ReturnType<typeof batch>, code: ErrorCode): void {
  expect(() => table.storedOffset(refused)).toThrow(expect.objectContaining({ code }));
}

const { OUT_OF_ORDER_SEQUENCE_NUMBER, INVALID_PRODUCER_EPOCH } = ErrorCode;

test('the next sequence is appended, a gap is refused', () => {
  const table = tableAfter(batch(0, 3));
  expect(table.storedOffset(batch(3))).toBeUndefined();
  expectRefusal(table, batch(4), OUT_OF_ORDER_SEQUENCE_NUMBER);
  expectRefusal(table, batch(1), OUT_OF_ORDER_SEQUENCE_NUMBER);
  expectRefusal(table, batch(0, 2), OUT_OF_ORDER_SEQUENCE_NUMBER);
});

test('the last five batches are recognised, with their offsets', () => {
  const table = tableAfter(...[0, 1, 2, 3, 4, 5].map((sequence) => batch(sequence)));
  for (let sequence = 1; sequence <= 5; sequence++) {
    expect(table.storedOffset(batch(sequence))).toBe(100 + sequence);
  }
  expectRefusal(table, batch(0), OUT_OF_ORDER_SEQUENCE_NUMBER);
});

test('a newer epoch begins at 0, an older one is fenced', () => {
  const table = tableAfter(batch(0, 1, 1));
  expect(table.storedOffset(batch(0, 1, 2))).toBeUndefined();
  expectRefusal(table, batch(1, 1, 2), OUT_OF_ORDER_SEQUENCE_NUMBER);
  expectRefusal(table, batch(1, 1, 0), INVALID_PRODUCER_EPOCH);
  table.note(batch(0, 1, 2), 200);
  expect(table.storedOffset(batch(0, 1, 2))).toBe(200);
});

test('sequences wrap after 2^31 − 1', () => {
  const table = tableAfter(batch(2 ** 31 - 2, 2));
  expect(table.storedOffset(batch(0))).toBeUndefined();
});

test('the state survives a round trip through JSON', () => {
  const restored = new ProducerTable();
  restored.restore(JSON.parse(JSON.stringify(tableAfter(batch(0), batch(1)).state())));
  expect(restored.storedOffset(batch(1))).toBe(101);
  expect(restored.storedOffset(batch(2))).toBeUndefined();
});

test('the state that was taken does not change with what follows', () => {
  const table = tableAfter(batch(0));
  const state = table.state();
  table.note(batch(1), 101);
  const restored = new ProducerTable();
  restored.restore(state);
  expect(restored.storedOffset(batch(1))).toBeUndefined();
});

test('remembers a bounded number of producers, without those that were silent longest', () => {
  const table = new ProducerTable();
  for (let id = 0; id < 5000; id++) {
    table.note({ ...batch(0), producerId: id }, id);
    table.note({ ...batch(id), producerId: 5000 }, id);
  }
  expect(table.state().length).toBe(1000);
  expect(table.storedOffset({ ...batch(0), producerId: 4999 })).toBe(4999);
  expect(table.storedOffset({ ...batch(4998), producerId: 5000 })).toBe(4998);
});
