/** Colours a piece of text, or leaves it alone. */
export type Paint = {
  dim(text: string): string;
  bold(text: string): string;
  level(level: string, text: string): string;
  /** Always the same colour for the same source. */
  source(index: number, text: string): string;
};

const levelCodes: Record<string, number> = { TRACE: 90, DEBUG: 90, INFO: 32, WARN: 33, ERROR: 31, FATAL: 31 };
const sourceCodes = [36, 35, 34, 33, 32, 96, 95, 94];

export const plain = paintWith((_code, text) => text);
export const coloured = paintWith((code, text) => `\x1b[${code}m${text}\x1b[0m`);

function paintWith(wrap: (code: number, text: string) => string): Paint {
  return {
    dim: (text) => wrap(2, text),
    bold: (text) => wrap(1, text),
    level: (level, text) => wrap(levelCodes[level] ?? 0, text),
    source: (index, text) => wrap(sourceCodes[index % sourceCodes.length]!, text),
  };
}

/** A non-empty NO_COLOR wins, then FORCE_COLOR, then whether this is a terminal. */
export function choosePaint(isTerminal: boolean, environment: Record<string, string | undefined>): Paint {
  if (environment.NO_COLOR) return plain;
  const forced = environment.FORCE_COLOR;
  if (forced) return forced === '0' || forced === 'false' ? plain : coloured;
  return isTerminal && environment.TERM !== 'dumb' ? coloured : plain;
}
