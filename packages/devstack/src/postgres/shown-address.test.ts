import { expect, test } from 'bun:test';
import { hostsAndDatabase, withoutPassword } from './shown-address.ts';

test.each([
  ['postgres://me:secret@h/tasks', 'postgres://me:***@h/tasks', 'h/tasks'],
  [
    'postgres://me:sec:ret@h:1,i:2/tasks?sslmode=require',
    'postgres://me:***@h:1,i:2/tasks?sslmode=require',
    'h:1,i:2/tasks',
  ],
  ['postgres://me:s@cr/t@h/tasks', 'postgres://me:***@h/tasks', 'h/tasks'],
  ['postgres://me@h:1/tasks', 'postgres://me@h:1/tasks', 'h:1/tasks'],
  ['postgresql://h:1/tasks', 'postgresql://h:1/tasks', 'h:1/tasks'],
])('%s is shown as %s, or as %s', (url, masked, address) => {
  expect(withoutPassword(url)).toBe(masked);
  expect(hostsAndDatabase(url)).toBe(address);
});
