import type { Lane, TaskStatusChange } from '@millrace/contracts';
import type { Message, TopicMessages } from 'kafkajs';
import { encodeStatuses, encodeTasksReady, TRACEPARENT } from '../message-codec.ts';
import { laneTopic, TASK_EVENTS } from '../topics.ts';

/** An item waiting to be sent. Doorbells and statuses are encoded only then, so that several can share a message. */
export type Outgoing = { readonly sizeBytes: number } & (
  | { readonly kind: 'doorbell'; readonly taskId: string; readonly lane: Lane; readonly traceparent?: string }
  | { readonly kind: 'status'; readonly change: TaskStatusChange }
  | { readonly kind: 'message'; readonly topic: string; readonly message: Message }
);

/** Spreads a burst over several executors: each message goes to the next partition. */
const DOORBELL_MESSAGES_MIN = 8;
/** No other executor can start the tasks in a message that one was handed. */
const DOORBELLS_PER_MESSAGE_MAX = 64;
const STATUSES_PER_MESSAGE_MAX = 500;

/** Packs items into few messages. Within a topic, messages keep the order of their items. */
export function toTopicMessages(items: readonly Outgoing[]): TopicMessages[] {
  const byTopic = new Map<string, Message[]>();
  const messagesTo = (topic: string) => byTopic.getOrInsertComputed(topic, () => []);
  const waiting = new Map<Lane, string[]>();
  // Only a task's latest status matters.
  const statuses = new Map<string, TaskStatusChange>();
  for (const item of items) {
    if (item.kind === 'message') messagesTo(item.topic).push(item.message);
    else if (item.kind === 'status') statuses.set(item.change.task_id, item.change);
    else if (item.traceparent === undefined)
      waiting.getOrInsertComputed(item.lane, () => []).push(item.taskId);
    else messagesTo(laneTopic(item.lane)).push(tracedDoorbell(item.taskId, item.traceparent));
  }
  for (const [lane, taskIds] of waiting) {
    const size = Math.min(DOORBELLS_PER_MESSAGE_MAX, Math.ceil(taskIds.length / DOORBELL_MESSAGES_MIN));
    const messages = messagesTo(laneTopic(lane));
    for (const chunk of chunksOf(taskIds, size)) messages.push({ value: encodeTasksReady(chunk) });
  }
  for (const chunk of chunksOf([...statuses.values()], STATUSES_PER_MESSAGE_MAX)) {
    messagesTo(TASK_EVENTS).push({ value: encodeStatuses(chunk) });
  }
  return [...byTopic].map(([topic, messages]) => ({ topic, messages }));
}

/** A message of its own: the header is per message, and the trace per task. */
function tracedDoorbell(taskId: string, traceparent: string): Message {
  return { value: encodeTasksReady([taskId]), headers: { [TRACEPARENT]: traceparent } };
}

function* chunksOf<Item>(items: readonly Item[], size: number): Generator<Item[]> {
  for (let begin = 0; begin < items.length; begin += size) yield items.slice(begin, begin + size);
}
