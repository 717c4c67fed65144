import { expect, test } from 'bun:test';
import { setTimeout as delay } from 'node:timers/promises';
import { ToolError } from '@millrace/tools';
import { ModelError } from '../models/model.ts';
import { failureCode } from './failure-code.ts';

test('an error has its own code, an abort has aborted, a defect has internal_error', async () => {
  expect(failureCode(new ModelError('rate_limited', 'slow down'))).toBe('rate_limited');
  expect(failureCode(new ToolError('division_by_zero', 'no'))).toBe('division_by_zero');
  for (const reason of ['cancelled', undefined]) {
    const signal = AbortSignal.abort(reason);
    expect(failureCode(signal.reason)).toBe('aborted');
    expect(failureCode(await delay(1, undefined, { signal }).catch((error: unknown) => error))).toBe(
      'aborted',
    );
  }
  expect(failureCode(new TypeError('undefined is not a function'))).toBe('internal_error');
});
