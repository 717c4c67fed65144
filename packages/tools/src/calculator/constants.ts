import { Real } from './number.ts';

// One operation rounds the literals' digits to the working precision.
const pi = new Real('3.14159265358979323846264338327950288419716939937511').plus(0);
const e = new Real('2.71828182845904523536028747135266249775724709369996').plus(0);

const CONSTANTS: ReadonlyMap<string, Real> = new Map([
  ['pi', pi],
  ['π', pi],
  ['e', e],
]);

export const CONSTANT_NAMES: ReadonlySet<string> = new Set(CONSTANTS.keys());

export function constantValue(name: string): Real {
  const value = CONSTANTS.get(name);
  if (value === undefined) throw new TypeError(`No constant is named ${name}`);
  return value;
}
