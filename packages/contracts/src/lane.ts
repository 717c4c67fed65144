/** The three queues that priorities fall into, most urgent first. */
export const LANES = ['high', 'normal', 'low'] as const;
export type Lane = (typeof LANES)[number];

/** @param priority 0–9 */
export function laneOf(priority: number): Lane {
  if (priority >= 7) return 'high';
  return priority >= 4 ? 'normal' : 'low';
}
