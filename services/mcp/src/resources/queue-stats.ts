import { json, type ReadableResource, WORTH_SHOWING } from './resource.ts';

export const queueStats: ReadableResource = {
  listed: {
    uri: 'tasks://stats',
    name: 'queue-stats',
    title: 'Queue statistics',
    description:
      'The number of Millrace tasks by status, the oldest waiting one, throughput and latency, as JSON.',
    mimeType: 'application/json',
    annotations: WORTH_SHOWING,
  },
  matches: (ref) => ref.kind === 'stats',
  read: async ({ stats, caller }) => json(await stats(caller)),
};
