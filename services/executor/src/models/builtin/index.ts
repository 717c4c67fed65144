import { readCalculation } from './calculation.ts';
import { readClockQuestion } from './clock.ts';
import { endOfRequest, skipCourtesy } from './courtesy.ts';
import { readFileWriting } from './file-writing.ts';
import { fold, singleSpaced } from './normalise.ts';
import { notUnderstood, type Reading } from './reading.ts';

/**
 * Reads a prompt in English or Chinese as exactly one call of one tool, without a language model:
 * deterministically, and in time linear in its length. A prompt that says anything beyond that call is not
 * understood.
 */
export function readToolRequest(prompt: string): Reading {
  const folded = fold(prompt);
  const start = skipCourtesy(folded);
  const end = endOfRequest(folded, start);
  const request = singleSpaced(folded.slice(start, end));
  return (
    readFileWriting({ prompt, folded, start, end }) ??
    readClockQuestion(request) ??
    readCalculation(request) ??
    notUnderstood()
  );
}
