import { ToolError } from '../tool.ts';

export function invalid(predicate: string): ToolError {
  return new ToolError('invalid_expression', `The expression ${predicate}.`);
}

export function tooComplex(predicate: string): ToolError {
  return new ToolError('expression_too_complex', `The expression ${predicate}: split it into several calls.`);
}
