import { json, type ReadableResource } from './resource.ts';

export const queueStats: ReadableResource = {
  listed: {
    uri: 'tasks://stats',
    name: 'queue-stats',
    title: 'Queue statistics',
    description: 'How many Millrace tasks there are by status, what waits, and how fast tasks end, as JSON.',
    mimeType: 'application/json',
    annotations: { audience: ['user', 'assistant'], priority: 0.5 },
  },
  matches: (ref) => ref.kind === 'stats',
  read: async ({ stats, caller }) => json(await stats(caller)),
};
