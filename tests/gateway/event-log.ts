import { expect } from 'bun:test';
import type { Database } from '@millrace/db';
import { everyStep } from '../whole-history.ts';
import type { ReceivedEvent } from './event-client.ts';

/** What a client that follows the documented rules shows: the text of each turn, by attempt and step. */
export function turnTexts(events: readonly ReceivedEvent[]): Map<string, string> {
  const texts = new Map<string, string>();
  for (const { type, data } of events) {
    if (type === 'snapshot' && data.partial) {
      texts.set(`${data.partial.attempt}/${data.partial.seq}`, data.partial.text);
    }
    if (type !== 'delta') continue;
    const key = `${data.attempt}/${data.seq}`;
    texts.set(key, (texts.get(key) ?? '').slice(0, data.offset) + data.text);
  }
  return texts;
}

/** No delta may leave a gap or repeat text. */
export function expectContinuousText(events: readonly ReceivedEvent[]): void {
  for (const [index, { type, data }] of events.entries()) {
    if (type !== 'delta') continue;
    const before = turnTexts(events.slice(0, index)).get(`${data.attempt}/${data.seq}`) ?? '';
    expect({ offset: data.offset, attempt: data.attempt, seq: data.seq }).toEqual({
      offset: before.length,
      attempt: data.attempt,
      seq: data.seq,
    });
  }
}

/** The one order in which everybody sees a finished task's history, read from its tables without the code under test. */
export async function wholeStory(db: Database, taskId: string): Promise<string[]> {
  const [task] = await db.sql<{ attempts: number; status: string }[]>`
    select attempts, status from tasks where id = ${taskId}`;
  const steps = await everyStep(db, taskId);
  const story: string[] = [];
  for (let attempt = 1; attempt <= task!.attempts; attempt++) {
    story.push(`RUNNING ${attempt}`);
    for (const step of steps) if (step.attempt === attempt) story.push(`step ${attempt}/${step.seq}`);
    if (attempt < task!.attempts) story.push(`PENDING ${attempt}`);
  }
  return [...story, `end ${task!.status}`];
}

/** What a client was sent, in the same words; without text and snapshots. */
export function storyOf(events: readonly ReceivedEvent[]): string[] {
  return events.flatMap(({ type, data }) => {
    if (type === 'status') return [`${data.status} ${data.attempt}`];
    if (type === 'step') return [`step ${data.attempt}/${data.seq}`];
    return type === 'end' ? [`end ${data.status}`] : [];
  });
}
