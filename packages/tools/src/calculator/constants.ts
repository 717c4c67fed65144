import { Real } from './number.ts';

// One operation rounds the literals' digits to the working precision.
export const PI = new Real('3.14159265358979323846264338327950288419716939937511').plus(0);
const E = new Real('2.71828182845904523536028747135266249775724709369996').plus(0);

export const CONSTANTS: ReadonlyMap<string, Real> = new Map([
  ['pi', PI],
  ['π', PI],
  ['e', E],
]);
