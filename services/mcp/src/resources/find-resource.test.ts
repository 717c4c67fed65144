import { expect, test } from 'bun:test';
import { findResource, isAboutTask } from './find-resource.ts';

const ID = '019a7f00-0000-7000-8000-00000000abcd';

test.each([
  ['tasks://stats', 'queue-stats', ''],
  ['tasks://recent', 'recent-tasks', ''],
  ['tasks://recent/FAILED', 'recent-tasks-by-status', 'FAILED'],
  [`task://${ID}`, 'task', ID],
  [`task://${ID}/result`, 'task-result', ID],
  [`task://${ID.toUpperCase()}/timeline`, 'task-timeline', ID.toUpperCase()],
])('%s is a resource', (uri, name, variable) => {
  const found = findResource(uri)!;
  expect([found.resource.name, found.variable]).toEqual([name, variable]);
  expect(isAboutTask(found)).toBe(uri.startsWith('task:'));
});

test.each([
  'tasks://recent/DONE',
  'tasks://recent/',
  `task://${ID}/`,
  `task://${ID}/secret`,
  `task://${ID}?x=1`,
  "task://' or 1=1",
  'task://../../etc/passwd',
  'task://{task_id}',
  'file:///etc/passwd',
  '',
])('%s is none', (uri) => {
  expect(findResource(uri)).toBeNull();
});
