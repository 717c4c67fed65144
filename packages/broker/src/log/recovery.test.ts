import { describe, expect, test } from 'bun:test';
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { makeBatch } from '../testing/batches.ts';
import { append, checkpointed, logFolder, openLog, readBases } from '../testing/partition-logs.ts';
import { decodeBatchHeader } from './record-batch.ts';

describe('recovery', () => {
  test.each([
    ['', false],
    [', after a checkpoint too', true],
  ])('keeps all but the torn batch, wherever it was cut%s', async (_when, isCheckpointed) => {
    await using folder = logFolder();
    const whole = join(folder.path, 'whole');
    const { log } = openLog(whole);
    append(log, ['a', 'b']);
    append(log, ['c']);
    if (isCheckpointed) log.flush();
    const before = log.sizeBytes;
    append(log, ['torn', 'batch']);
    const after = log.sizeBytes;
    const name = '00000000000000000000.log';
    const checkpoint = '00000000000000000000.checkpoint';
    for (let bytes = before; bytes <= after; bytes++) {
      const directory = join(folder.path, `cut-${bytes}`);
      mkdirSync(directory);
      copyFileSync(join(whole, name), join(directory, name));
      if (isCheckpointed) copyFileSync(join(whole, checkpoint), join(directory, checkpoint));
      truncateSync(join(directory, name), bytes);
      const { log: recovered, report } = openLog(directory);
      const isWhole = bytes === after;
      expect(recovered.endOffset).toBe(isWhole ? 5 : 3);
      expect(report.cutBytes).toBe(isWhole ? 0 : bytes - before);
      expect(statSync(join(directory, name)).size).toBe(isWhole ? after : before);
      expect(append(recovered, ['next'])).toBe(isWhole ? 5 : 3);
      expect(readBases(recovered, 0)).toEqual(isWhole ? [0, 2, 3, 5] : [0, 2, 3]);
    }
  });

  test.each([
    ['in its records', 65],
    ['in its offset', 7],
    ['in its length', 10],
  ])('truncates at the first batch damaged %s', async (_where, at) => {
    await using folder = logFolder();
    const directory = join(folder.path, '0');
    const { log } = openLog(directory);
    append(log, ['good']);
    const goodBytes = log.sizeBytes;
    append(log, ['damaged']);
    append(log, ['behind it']);
    const path = join(directory, '00000000000000000000.log');
    const content = readFileSync(path);
    content[goodBytes + at]! ^= 0xff;
    writeFileSync(path, content);
    const { log: recovered, report } = openLog(directory);
    expect(recovered.endOffset).toBe(1);
    expect(report.cutBytes).toBe(content.length - goodBytes);
  });

  test('of a segment that lost its end, nothing behind it is kept', async () => {
    await using folder = logFolder();
    const directory = join(folder.path, '0');
    const { log } = openLog(directory, { 'segment.bytes': 100 });
    for (const value of ['a', 'b', 'c', 'd']) append(log, [value.repeat(50)]);
    await checkpointed();
    const path = join(directory, `${'1'.padStart(20, '0')}`);
    rmSync(`${path}.checkpoint`);
    truncateSync(`${path}.log`, 99);
    const { log: recovered, report } = openLog(directory, { 'segment.bytes': 100 });
    expect(report).toEqual({ cutBytes: 99, droppedSegments: 2 });
    expect(append(recovered, ['next'])).toBe(1);
    expect(readBases(recovered, 0)).toEqual([0]);
    expect(readBases(recovered, 1)).toEqual([1]);
  });

  test('what a failed write left at the end of a segment costs no segment behind it', async () => {
    await using folder = logFolder();
    const directory = join(folder.path, '0');
    const { log } = openLog(directory, { 'segment.bytes': 100 });
    for (const value of ['a', 'b', 'c']) append(log, [value.repeat(50)]);
    await checkpointed();
    appendFileSync(join(directory, `${'1'.padStart(20, '0')}.log`), 'torn');
    const { log: recovered, report } = openLog(directory);
    expect(report).toEqual({ cutBytes: 4, droppedSegments: 0 });
    expect(recovered.endOffset).toBe(3);
  });

  test('verifies all of a segment, and batches of any size', async () => {
    await using folder = logFolder();
    const directory = join(folder.path, '0');
    const { log } = openLog(directory, { 'segment.bytes': 16 * 1024 * 1024 });
    for (const kib of [1, 700, 700, 2_500, 1]) append(log, ['x'.repeat(kib * 1024)]);
    const { log: recovered, report } = openLog(directory);
    expect(report.cutBytes).toBe(0);
    expect(recovered.endOffset).toBe(5);
  });

  test('makes up for checkpoints that a kill prevented, so that the next start need not verify more', async () => {
    await using folder = logFolder();
    const directory = join(folder.path, '0');
    const { log, producers } = openLog(directory, { 'segment.bytes': 100 });
    for (let baseSequence = 0; baseSequence < 4; baseSequence++) {
      const batch = makeBatch({ values: ['x'.repeat(50)], producerId: 1, producerEpoch: 0, baseSequence });
      const header = decodeBatchHeader(batch, 0);
      producers.note(header, log.append(batch, header));
    }
    await checkpointed();
    const names = readdirSync(directory).filter((name) => name.endsWith('.checkpoint'));
    const contents = () => names.map((name) => readFileSync(join(directory, name), 'utf8'));
    const written = contents();
    expect(written.length).toBe(3);
    for (const name of names.slice(1)) rmSync(join(directory, name));
    openLog(directory);
    await checkpointed();
    expect(contents()).toEqual(written);
  });

  test('after a clean stop only what was appended since is verified, and all is found', async () => {
    await using folder = logFolder();
    const directory = join(folder.path, '0');
    const { log } = openLog(directory);
    append(log, ['before']);
    log.flush();
    append(log, ['after']);
    // Verified, it would be cut off.
    const path = join(directory, '00000000000000000000.log');
    const content = readFileSync(path);
    content[65]! ^= 0xff;
    writeFileSync(path, content);
    const { log: recovered, report } = openLog(directory);
    expect(report).toEqual({ cutBytes: 0, droppedSegments: 0 });
    expect(readBases(recovered, 0)).toEqual([0, 1]);
  });

  test('a checkpoint that does not fit its segment is ignored', async () => {
    await using folder = logFolder();
    const directory = join(folder.path, '0');
    const { log } = openLog(directory);
    append(log, ['a']);
    log.flush();
    const path = join(directory, '00000000000000000000.checkpoint');
    for (const unfit of [
      '',
      '{',
      'null',
      '[]',
      '{"bytes":9999999,"nextOffset":5,"maxTimestamp":1,"producers":[]}',
    ]) {
      writeFileSync(path, unfit);
      expect(openLog(directory).log.endOffset).toBe(1);
    }
  });
});
