export const CLIENT_NAMES = ['claude-desktop', 'claude-code', 'cursor', 'vs-code'] as const;
export type ClientName = (typeof CLIENT_NAMES)[number];
