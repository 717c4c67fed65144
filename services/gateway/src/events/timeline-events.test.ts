import { describe, expect, test } from 'bun:test';
import type { Task, TaskStatus, TaskStep } from '@millrace/contracts';
import type { AttemptOver, Timeline } from '@millrace/db';
import fc from 'fast-check';
import { submittedTask } from '../swagger/examples.ts';
import type { PlacedEvent } from './event-frame.ts';
import { comparePositions, formatPosition, ORIGIN, type Position, parsePosition } from './position.ts';
import { eventsAfter, hasBeenAt } from './timeline-events.ts';

const OPERATIONS = [
  'claim',
  'step',
  'retry',
  'release',
  'lose',
  'complete',
  'fail',
  'cancel',
  'replay',
  'look',
] as const;
type Operation = (typeof OPERATIONS)[number];

/** A task as Postgres stores it, and the operations that change it. */
class ModelTask {
  status: TaskStatus = 'PENDING';
  attempts = 0;
  earlierAttempts = 0;
  readonly over: AttemptOver[] = [];
  readonly steps: TaskStep[] = [];

  do(operation: Operation): void {
    const running = this.status === 'RUNNING';
    if (operation === 'claim' && this.status === 'PENDING') this.#claim();
    else if (operation === 'step' && running) this.#step();
    else if (operation === 'retry' && running) this.#end('PENDING', 'FAILED');
    else if (operation === 'release' && running) this.#end('PENDING', 'RELEASED');
    else if (operation === 'fail' && running) this.#end('FAILED', 'FAILED');
    else if (operation === 'complete' && running) this.status = 'COMPLETED';
    else if (operation === 'lose' && running) {
      this.#end('PENDING', 'LOST');
      this.#claim();
    } else if (operation === 'cancel' && running) this.#end('CANCELLED', 'CANCELLED');
    else if (operation === 'cancel' && this.status === 'PENDING') this.status = 'CANCELLED';
    else if (operation === 'replay' && !running && this.status !== 'PENDING') this.#replay();
  }

  /** What Postgres would return: a limited number of steps at a time. */
  read(after: Position, stepsMax = Number.POSITIVE_INFINITY): Timeline {
    const later = this.steps.filter(
      ({ attempt, seq }) => attempt > after.attempt || (attempt === after.attempt && seq > after.seq),
    );
    const ended = this.status !== 'PENDING' && this.status !== 'RUNNING';
    return {
      status: this.status,
      attempts: this.attempts,
      earlier_attempts: this.earlierAttempts,
      over: this.over.filter(({ attempt }) => attempt >= after.attempt),
      steps: later.slice(0, stepsMax),
      more: later.length > stepsMax,
      last_seq: this.steps.length,
      task: ended ? ({ ...submittedTask, status: this.status } as Task) : null,
    };
  }

  #claim(): void {
    this.status = 'RUNNING';
    this.attempts++;
  }
  #step(): void {
    this.steps.push({ seq: this.steps.length + 1, attempt: this.attempts } as TaskStep);
  }
  #end(status: TaskStatus, outcome: AttemptOver['outcome']): void {
    this.status = status;
    this.over.push({ attempt: this.attempts, outcome, error: null });
  }
  #replay(): void {
    if (this.status === 'COMPLETED')
      this.over.push({ attempt: this.attempts, outcome: 'COMPLETED', error: null });
    this.status = 'PENDING';
    this.earlierAttempts = this.attempts;
  }
}

/** Reads until there is nothing new, as a stream does. */
function readOn(task: ModelTask, from: Position, stepsMax?: number): PlacedEvent[] {
  const all: PlacedEvent[] = [];
  for (let at = from; ; ) {
    const timeline = task.read(at, stepsMax);
    const events = [...eventsAfter(at, timeline)];
    all.push(...events);
    at = events.at(-1)?.position ?? at;
    if (!timeline.more || events.length === 0) return all;
  }
}

const told = ({ position, event }: PlacedEvent) => {
  const { attempt, status, seq } = event.data as { attempt?: number; status?: string; seq?: number };
  return `${formatPosition(position)} ${event.type} ${attempt ?? ''} ${status ?? seq}`;
};

/** Long enough, with enough attempts and steps, to reach every state. */
const operation = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom('claim' as const, 'step' as const, 'look' as const) },
  { weight: 1, arbitrary: fc.constantFrom(...OPERATIONS) },
);
const operations = fc.array(operation, { maxLength: 60, size: 'max' });

describe('a stream', () => {
  test('delivers the same events wherever it is continued, each once', () => {
    fc.assert(
      fc.property(operations, fc.integer({ min: 1, max: 3 }), (plan, stepsMax) => {
        const task = new ModelTask();
        const live: PlacedEvent[] = [];
        for (const operation of [...plan, 'look'] as const) {
          task.do(operation);
          const at = live.at(-1)?.position ?? ORIGIN;
          if (operation === 'look' && at.stage !== 'end') live.push(...readOn(task, at, stepsMax));
        }
        const positions = [ORIGIN, ...live.map(({ position }) => position)];
        for (const [i, position] of positions.slice(1).entries()) {
          expect(comparePositions(position, positions[i]!)).toBeGreaterThan(0);
        }
        // The end of an earlier run is only sent to streams that were there.
        const whole = readOn(task, ORIGIN).filter(({ event }) => event.type !== 'end');
        const liveWithoutEnd = live.filter(({ event }) => event.type !== 'end');
        expect(liveWithoutEnd.map(told)).toEqual(whole.slice(0, liveWithoutEnd.length).map(told));
        if (live.length === liveWithoutEnd.length) expect(whole.length).toBe(liveWithoutEnd.length);
      }),
      { numRuns: 500 },
    );
  });

  test('resumes from any of its ids with exactly what followed it', () => {
    fc.assert(
      fc.property(operations, (plan) => {
        const task = new ModelTask();
        for (const operation of plan) task.do(operation);
        const whole = readOn(task, ORIGIN);
        for (const [i, { position }] of whole.entries()) {
          const from = parsePosition(formatPosition(position))!;
          expect(hasBeenAt(from, task.read(from))).toBe(true);
          if (position.stage !== 'end') {
            expect(readOn(task, from).map(told)).toEqual(whole.slice(i + 1).map(told));
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  test('every id that was issued stays valid, whatever happens to the task afterwards', () => {
    fc.assert(
      fc.property(operations, operations, (plan, later) => {
        const task = new ModelTask();
        for (const operation of plan) task.do(operation);
        const given = readOn(task, ORIGIN).map(({ position }) => position);
        for (const operation of later) task.do(operation);
        for (const position of given) {
          if (position.attempt > 0 || position.stage !== 'end') {
            expect(hasBeenAt(position, task.read(position))).toBe(true);
          }
        }
      }),
    );
  });
});

function placesOf(...operations: Operation[]) {
  const task = new ModelTask();
  for (const operation of operations) task.do(operation);
  return (...ids: string[]) =>
    ids.filter((id) => {
      const position = parsePosition(id)!;
      return hasBeenAt(position, task.read(position));
    });
}

test('a task has been where its ids say, and nowhere else', () => {
  const ids = [
    ...[
      '0.0',
      '0.0.1.a',
      '0.0.waiting',
      '0.5.waiting',
      '0.0.end',
      '1.0',
      '1.0.9.a',
      '1.1',
      '1.99',
      '1.0.waiting',
    ],
    ...[
      '1.1.waiting',
      '1.0.end',
      '1.1.end',
      '1.9.end',
      '2.0',
      '2.1',
      '2.1.waiting',
      '2.1.end',
      '2.2',
      '9.9.end',
    ],
  ];
  expect(placesOf()(...ids)).toEqual(['0.0.waiting']);
  expect(placesOf('cancel')(...ids)).toEqual(['0.0.waiting', '0.0.end']);
  expect(placesOf('claim')(...ids)).toEqual(['0.0.waiting', '1.0', '1.0.9.a']);
  expect(placesOf('claim', 'step')(...ids)).toEqual(['0.0.waiting', '1.0', '1.0.9.a', '1.1']);
  const begun = ['0.0.waiting', '1.0', '1.0.9.a', '1.1'];
  expect(placesOf('claim', 'step', 'complete')(...ids)).toEqual([...begun, '1.1.end']);
  expect(placesOf('claim', 'step', 'retry')(...ids)).toEqual([...begun, '1.1.waiting']);
  expect(placesOf('claim', 'step', 'retry', 'claim')(...ids)).toEqual([...begun, '1.1.waiting', '2.1']);
  expect(placesOf('claim', 'step', 'lose', 'fail')(...ids)).toEqual([
    ...begun,
    '1.1.waiting',
    '2.1',
    '2.1.end',
  ]);
  const replayed = [...begun, '1.1.waiting', '1.1.end'];
  expect(placesOf('claim', 'step', 'complete', 'replay')(...ids)).toEqual(replayed);
  expect(placesOf('claim', 'step', 'complete', 'replay', 'claim', 'step')(...ids)).toEqual([
    ...replayed,
    '2.1',
    '2.2',
  ]);
});

const shown = (operations: readonly Operation[]) => {
  const task = new ModelTask();
  for (const operation of operations) task.do(operation);
  return readOn(task, ORIGIN).map(told);
};

test.each([
  ['after a retry', ['claim', 'retry', 'cancel']],
  ['after a replay', ['claim', 'cancel', 'replay', 'cancel']],
] as const)('a task cancelled while it waited %s still shows that it waited', (_, operations) => {
  expect(shown(operations)).toEqual([
    '1.0 status 1 RUNNING',
    '1.0.waiting status 1 PENDING',
    '1.0.end end  CANCELLED',
  ]);
});

test('a task cancelled while it ran shows no waiting', () => {
  expect(shown(['claim', 'cancel'])).toEqual(['1.0 status 1 RUNNING', '1.0.end end  CANCELLED']);
});
