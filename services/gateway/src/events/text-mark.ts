/** Of the empty text. */
export const EMPTY_MARK = 0x811c9dc5;
const PRIME = 0x01000193;

/**
 * A checksum by which two gateways can tell whether they hold the same text: FNV-1a over UTF-16 code units,
 * because it can be continued as the text grows.
 *
 * @param mark of what comes before
 */
export function markOf(text: string, mark = EMPTY_MARK): number {
  let hash = mark;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), PRIME);
  return hash >>> 0;
}
