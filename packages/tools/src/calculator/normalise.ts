import { invalid } from './refusals.ts';

/**
 * One sign per operator, in lower case. One character for one, so that positions stay those of the caller's text.
 *
 * @throws ToolError `invalid_expression` for characters that arithmetic does not need
 */
export function normalise(text: string): string {
  const ascii = text
    .replaceAll(/[×⋅·∙]/g, '*')
    .replaceAll('÷', '/')
    .replaceAll(/[−–]/g, '-')
    .replaceAll(/\s/g, ' ');
  if (ascii.trim() === '') throw invalid('is empty: give one such as 2*(3+4)');
  const foreign = /[^0-9A-Za-zπ.+\-*/^%!(), ]/u.exec(ascii);
  if (foreign) {
    throw invalid(
      `may not hold ${JSON.stringify(foreign[0])} (character ${foreign.index + 1}): ` +
        'use numbers, + - * / ^ % ! mod, parentheses, and functions such as sqrt(2)',
    );
  }
  const grouped = /\d,\d{3}(?!\d)/.exec(ascii);
  if (grouped) {
    throw invalid(
      `holds "${grouped[0]}", which can mean two things: write numbers without thousands separators, ` +
        'and arguments with a space after the comma',
    );
  }
  return ascii.toLowerCase();
}
