import {
  type FailedTask,
  type TaskEvent,
  TaskEventMessage,
  type TaskStatusChange,
  TasksReady,
  type UnreadableMessage,
} from '@millrace/contracts';
import type { Static, TSchema } from '@sinclair/typebox';
import { type TypeCheck, TypeCompiler } from '@sinclair/typebox/compiler';

// Values are JSON. The header `traceparent` (W3C Trace Context, ASCII) carries the message's trace.
export const TRACEPARENT = 'traceparent';

/** Brokers refuse batches over 1 MiB, and the beginning of an unreadable message is usually enough. */
const KEPT_BYTES_MAX = 16_384;

const tasksReady = TypeCompiler.Compile(TasksReady);
const taskEvent = TypeCompiler.Compile(TaskEventMessage);

export function encodeTasksReady(taskIds: string[]): string {
  return JSON.stringify({ v: 1, task_ids: taskIds } satisfies TasksReady);
}

export function encodeStatuses(changes: TaskStatusChange[]): string {
  return JSON.stringify({ v: 1, type: 'statuses', changes } satisfies TaskEventMessage);
}

export function encodeMessage(message: TaskEvent | UnreadableMessage | FailedTask): string {
  return JSON.stringify(message);
}

interface Unreadable {
  readonly unreadable: string;
}

interface Received {
  readonly value: Buffer | null;
  /** Why not: our kafkajs patch substitutes such a message for a batch that it cannot decode. */
  readonly unreadable?: string;
}

export function decodeTasksReady(received: Received): { taskIds: string[] } | Unreadable {
  const decoded = decode(received, tasksReady, 'TasksReady');
  if (!('message' in decoded)) return decoded;
  // Normalised to Postgres's form, whoever wrote them.
  return { taskIds: decoded.message.task_ids.map((id) => id.toLowerCase()) };
}

/** The events of one message. */
export function decodeTaskEvents(received: Received): { events: TaskEvent[] } | Unreadable {
  const decoded = decode(received, taskEvent, 'TaskEventMessage');
  if (!('message' in decoded)) return decoded;
  const { message } = decoded;
  if (message.type !== 'statuses') return { events: [message] };
  return { events: message.changes.map((change) => ({ v: 1, type: 'status', ...change })) };
}

function decode<Schema extends TSchema>(
  { value, unreadable: reason }: Received,
  validator: TypeCheck<Schema>,
  name: string,
): { message: Static<Schema> } | Unreadable {
  if (reason !== undefined) return { unreadable: `its batch cannot be read: ${reason}` };
  if (value === null || value.length === 0) return { unreadable: 'the value is empty' };
  let message: unknown;
  try {
    message = JSON.parse(value.toString('utf8'));
  } catch {
    return { unreadable: 'the value is not JSON' };
  }
  if (validator.Check(message)) return { message };
  const error = validator.Errors(message).First();
  return { unreadable: `the value is not a ${name}: ${error?.path || '/'}: ${error?.message}` };
}

export function decodeTraceparent(
  header: Buffer | string | (Buffer | string)[] | undefined,
): string | undefined {
  const value = Array.isArray(header) ? header[0] : header;
  return value === undefined ? undefined : value.toString();
}

interface MessagePosition {
  topic: string;
  partition: number;
  offset: string;
}

/** What goes to tasks.dead in place of an unreadable message. */
export function describeUnreadable(
  position: MessagePosition,
  reason: string,
  value: Buffer | null,
): UnreadableMessage {
  const bytes = value ?? Buffer.alloc(0);
  const cut = bytes.length > KEPT_BYTES_MAX;
  return {
    v: 1,
    kind: 'unreadable',
    reason: cut ? `${reason} (the first ${KEPT_BYTES_MAX} of its ${bytes.length} bytes are kept)` : reason,
    topic: position.topic,
    partition: position.partition,
    offset: position.offset,
    value_base64: bytes.subarray(0, KEPT_BYTES_MAX).toString('base64'),
  };
}
