import { afterEach, beforeEach, expect, jest, test } from 'bun:test';
import { type Caller, type TaskState, UNRESTRICTED } from '@millrace/db';
import { createLogger } from '@millrace/runtime';
import { ResourceWatch } from './resource-watch.ts';
import type { OnState, TaskWatch } from './task-watch.ts';

const logger = createLogger('watch-test', 'error', 'stderr');
const ID = '019a7f00-0000-7000-8000-00000000abcd';
let fingerprint: string | Error = 'a';
let answered = Promise.resolve();
let looks = 0;
let tellTask: OnState | undefined;
let watch: ResourceWatch;
beforeEach(() => {
  jest.useFakeTimers();
  fingerprint = 'a';
  looks = 0;
  answered = Promise.resolve();
  tellTask = undefined;
  const tasks: Pick<TaskWatch, 'watch' | 'looked'> = {
    looked: Promise.resolve(),
    watch(_id, _caller, listener) {
      tellTask = listener;
      return () => {
        tellTask = undefined;
      };
    },
  };
  watch = new ResourceWatch({
    tasks: tasks as TaskWatch,
    maxWatchedTasks: 1,
    async fingerprint() {
      looks++;
      await answered;
      if (fingerprint instanceof Error) throw fingerprint;
      return fingerprint;
    },
    logger,
  });
});
afterEach(() => {
  jest.useRealTimers();
});

function listen(uri: string, caller: Caller = UNRESTRICTED) {
  let count = 0;
  const { begun, stop } = watch.watch(uri, caller, () => {
    count++;
  })!;
  return { begun, stop, count: () => count };
}
async function tick() {
  await settle();
  jest.advanceTimersByTime(2_000);
  await settle();
}
async function settle() {
  for (let i = 0; i < 10; i++) await Promise.resolve();
}

test('an overview is checked once for all its watchers, who are told when it changes', async () => {
  const [first, second] = [listen('tasks://recent'), listen('tasks://recent')];
  await tick();
  expect([looks, first.count(), second.count()]).toEqual([2, 0, 0]);
  fingerprint = 'b';
  await tick();
  expect([first.count(), second.count()]).toEqual([1, 1]);
  first.stop();
  fingerprint = 'c';
  await tick();
  expect([first.count(), second.count()]).toEqual([1, 2]);
  second.stop();
  looks = 0;
  await tick();
  expect(looks).toBe(0);
  const third = listen('tasks://recent');
  await tick();
  fingerprint = 'd';
  await tick();
  expect(third.count()).toBe(1);
  third.stop();
});

test('a check longer than the interval runs alone until it is done', async () => {
  const { stop } = listen('tasks://recent');
  await settle();
  const answer = Promise.withResolvers<void>();
  answered = answer.promise;
  for (let i = 0; i < 3; i++) await tick();
  expect(looks).toBe(2);
  answer.resolve();
  await tick();
  expect(looks).toBe(3);
  stop();
});

test('overviews of different statuses and owners are distinct', () => {
  const owned = (owner: string): Caller => ({ sees: owner, owner, max_open_tasks: null });
  const all = [
    listen('tasks://recent'),
    listen('tasks://recent/FAILED'),
    listen('tasks://recent/RUNNING'),
    listen('tasks://stats'),
    listen('tasks://recent', owned('a')),
    listen('tasks://recent', owned('b')),
  ];
  expect(looks).toBe(6);
  for (const { stop } of all) stop();
});

test('a watch begins once the overview was checked, or after a second', async () => {
  let begun = 0;
  const count = () => begun++;
  const [first, second] = [listen('tasks://recent'), listen('tasks://recent')];
  void first.begun.then(count);
  void second.begun.then(count);
  await settle();
  expect(begun).toBe(2);
  const gate = Promise.withResolvers<void>();
  answered = gate.promise;
  const late = listen('tasks://stats');
  void late.begun.then(count);
  await settle();
  expect(begun).toBe(2);
  jest.advanceTimersByTime(1_000);
  await settle();
  expect(begun).toBe(3);
  // Its state of a second ago is unknown.
  gate.resolve();
  await settle();
  expect(late.count()).toBe(1);
  for (const { stop } of [first, second, late]) stop();
});

test('a change is assumed if the overview could not be read before', async () => {
  fingerprint = new Error('away');
  const overview = listen('tasks://recent');
  await tick();
  fingerprint = 'a';
  await tick();
  expect(overview.count()).toBe(1);
  await tick();
  expect(overview.count()).toBe(1);
  overview.stop();
});

test('a watcher of a task is told when it changes', () => {
  const task = listen(`task://${ID}/result`);
  tellTask!({ id: ID } as TaskState, false);
  expect(task.count()).toBe(0);
  tellTask!(null, true);
  expect(task.count()).toBe(1);
  expect(watch.watch(`task://${ID}`, UNRESTRICTED, () => {})).toBeNull();
  task.stop();
  expect(tellTask).toBeUndefined();
  expect(watch.watch(`task://${ID}`, UNRESTRICTED, () => {})).not.toBeNull();
});

test('an owner beyond its share makes room of its own, any other of anyone', () => {
  const of: unknown[] = [];
  watch.makeRoom = (owner, ofAnyone) => {
    of.push(owner, ofAnyone);
    return false;
  };
  const [ada, bob] = ['ada', 'bob'].map((owner): Caller => ({ sees: null, owner, max_open_tasks: null }));
  const { stop } = listen(`task://${ID}`, ada);
  for (const caller of [ada!, bob!]) expect(watch.watch(`task://${ID}`, caller, () => {})).toBeNull();
  expect(of).toEqual(['ada', false, 'bob', true]);
  stop();
});

test('room is made until there is a place, or no more can be made', () => {
  const first = listen(`task://${ID}`);
  const rooms = [() => {}, first.stop];
  watch.makeRoom = () => {
    const make = rooms.shift();
    make?.();
    return make !== undefined;
  };
  expect(watch.watch(`task://${ID}`, UNRESTRICTED, () => {})).not.toBeNull();
  expect(watch.watch(`task://${ID}`, UNRESTRICTED, () => {})).toBeNull();
});
