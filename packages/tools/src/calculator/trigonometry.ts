import { ToolError } from '../tool.ts';
import { PI } from './constants.ts';
import { cost, type WorkBudget } from './limits.ts';
import { Real, settled, toReal, undefinedResult, type Value, withoutRoundingError } from './number.ts';

/** Below this, sin x = tan x = asin x = atan x = x to every digit carried. The library's series do not end there. */
const TINY = new Real('1e-20');
/** Above this a rounded angle no longer says where on the circle it lies. */
const ANGLE_MAX = new Real('1e20');
/** Above this, atan x is a right angle to every digit carried. */
const HUGE = new Real('1e40');
const RIGHT_ANGLE = PI.div(2);

type Trigonometric = (value: Value, budget: WorkBudget) => Value;

export const sin: Trigonometric = (value, budget) => {
  const angle = angleOf(value, budget);
  return settled(angle.abs().lt(TINY) ? angle : withoutRoundingError(angle.sin(), angle));
};

export const cos: Trigonometric = (value, budget) => settled(cosine(angleOf(value, budget)));

export const tan: Trigonometric = (value, budget) => {
  const angle = angleOf(value, budget);
  if (angle.abs().lt(TINY)) return settled(angle);
  budget.spend(cost.transcendental);
  const divisor = cosine(angle);
  if (divisor.isZero()) throw undefinedResult('The tangent of a right angle is not defined');
  return settled(withoutRoundingError(angle.sin(), angle).div(divisor));
};

export const asin: Trigonometric = (value, budget) => {
  const ratio = ratioOf(value, 'asin', budget);
  return settled(ratio.abs().lt(TINY) ? ratio : ratio.asin());
};

export const acos: Trigonometric = (value, budget) => {
  const ratio = ratioOf(value, 'acos', budget);
  return settled(ratio.abs().lt(TINY) ? RIGHT_ANGLE.minus(ratio) : ratio.acos());
};

export const atan: Trigonometric = (value, budget) => {
  budget.spend(cost.inverseTrigonometric);
  const ratio = toReal(value, budget);
  if (ratio.abs().lt(TINY)) return settled(ratio);
  return settled(ratio.abs().gt(HUGE) ? RIGHT_ANGLE.times(ratio.s) : ratio.atan());
};

function cosine(angle: Real): Real {
  return angle.abs().lt(TINY) ? new Real(1) : withoutRoundingError(angle.cos(), angle);
}

function angleOf(value: Value, budget: WorkBudget): Real {
  budget.spend(cost.transcendental);
  const angle = toReal(value, budget);
  if (angle.abs().lte(ANGLE_MAX)) return angle;
  throw new ToolError('invalid_argument', 'Angles are in radians and at most 10^20 either way.');
}

function ratioOf(value: Value, name: string, budget: WorkBudget): Real {
  budget.spend(cost.inverseTrigonometric);
  const ratio = toReal(value, budget);
  if (ratio.abs().lte(1)) return ratio;
  throw undefinedResult(`${name} is defined from -1 to 1 only`);
}
