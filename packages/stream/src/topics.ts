import { LANES, type Lane } from '@millrace/contracts';

export interface Topic {
  name: string;
  partitions: number;
}

/** More than anyone runs executors: each partition feeds one executor at a time. */
const LANE_PARTITIONS = 32;
/** Few, since every gateway reads all of them at a cost per partition: they spread load over brokers, not readers. */
const EVENT_PARTITIONS = 8;

/** For all lanes together. */
export const LANE_PARTITIONS_TOTAL = LANES.length * LANE_PARTITIONS;

export const TASK_EVENTS = 'task.events';
export const TASKS_DEAD = 'tasks.dead';

export const LANE_TOPICS: readonly string[] = LANES.map(laneTopic);

export const TOPICS: readonly Topic[] = [
  ...LANE_TOPICS.map((name) => ({ name, partitions: LANE_PARTITIONS })),
  { name: TASK_EVENTS, partitions: EVENT_PARTITIONS },
  // Read rarely, by people, in order of failure.
  { name: TASKS_DEAD, partitions: 1 },
];

export function laneTopic(lane: Lane): string {
  return `tasks.${lane}`;
}

export function laneOfTopic(topic: string): Lane | undefined {
  return LANES.find((lane) => laneTopic(lane) === topic);
}
