import type { ToolCall } from '@millrace/contracts';

const DEPTH_MAX = 32;

/** The arguments a model wrote, if they are a JSON object of sane depth. An empty text means an empty object. */
export function parseArguments({
  arguments: text,
}: Pick<ToolCall, 'arguments'>): Record<string, unknown> | undefined {
  if (text.trim() === '') return {};
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) && isWithinDepth(value, DEPTH_MAX) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isWithinDepth(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return depth > 0 && Object.values(value).every((item) => isWithinDepth(item, depth - 1));
}
