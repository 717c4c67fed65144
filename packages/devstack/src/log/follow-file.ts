import { closeSync, fstatSync, openSync, readSync, watch } from 'node:fs';
import { LineSplitter } from './line-splitter.ts';

/** Emits the lines appended to a file from `offset` on, until closed. Costs nothing while the file is idle. */
export function followFile(path: string, offset: number, onLine: (line: string) => void): { close(): void } {
  const file = openSync(path, 'r');
  const splitter = new LineSplitter(onLine);
  const buffer = Buffer.alloc(64 * 1024);
  // Truncated since: start from the beginning.
  let position = offset > fstatSync(file).size ? 0 : offset;
  const readOn = () => {
    for (;;) {
      const bytes = readSync(file, buffer, 0, buffer.length, position);
      if (bytes === 0) return;
      position += bytes;
      splitter.push(buffer.subarray(0, bytes));
    }
  };
  const watcher = watch(path, readOn);
  watcher.unref();
  readOn();
  let closed = false;
  return {
    close() {
      if (closed) return;
      closed = true;
      watcher.close();
      readOn();
      splitter.end();
      closeSync(file);
    },
  };
}
