import { calculator } from './calculator/calculator.ts';
import { fileWriter } from './file-writer/file-writer.ts';
import { time } from './time.ts';
import type { Tool } from './tool.ts';

/** The tools of every executor. A new one is a file of its own, and a line here. */
export const builtinTools: readonly Tool[] = Object.freeze([time, calculator, fileWriter]);
