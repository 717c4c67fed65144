import { expect, test } from 'bun:test';
import { pathOf, queryOf } from './request-url.ts';

test.each([
  ['http://localhost:3000/tasks', '/tasks', ''],
  ['http://localhost/tasks/?wait=1&x=a?b', '/tasks/', 'wait=1&x=a?b'],
  ['http://localhost//tasks?', '//tasks', ''],
  ['https://localhost/?next=http://elsewhere/', '/', 'next=http://elsewhere/'],
  ['http://localhost:99999999/nope?a=1', '/nope', 'a=1'],
  ['http://[/nope', '/nope', ''],
  ['http://x:y:z/nope', '/nope', ''],
  ['/nope?a=1', '/nope', 'a=1'],
  ['//nope', '//nope', ''],
  ['/a://b/c', '/a://b/c', ''],
  ['', '', ''],
])('%s', (url, path, query) => {
  expect([pathOf(url), queryOf(url)]).toEqual([path, query]);
});
