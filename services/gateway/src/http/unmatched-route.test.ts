import { expect, test } from 'bun:test';
import { methodsOf, unmatched } from './unmatched-route.ts';

const routes = [
  { method: 'POST', path: '/tasks' },
  { method: 'GET', path: '/tasks' },
  { method: 'GET', path: '/tasks/:id' },
  { method: 'POST', path: '/tasks/:id/cancel' },
  { method: 'POST', path: '/tasks/batch' },
];

test.each([
  ['/tasks', ['GET', 'HEAD', 'OPTIONS', 'POST']],
  ['/tasks/', ['GET', 'HEAD', 'OPTIONS', 'POST']],
  ['/tasks/1', ['GET', 'HEAD', 'OPTIONS']],
  ['/tasks/batch', ['OPTIONS', 'POST']],
  ['/tasks/batch/', ['OPTIONS', 'POST']],
  ['/tasks/1/cancel', ['OPTIONS', 'POST']],
  ['/tasks/1/2', []],
  ['/task', []],
  ['/', []],
])('%s takes %p', (path, methods) => {
  expect(methodsOf(routes, path)).toEqual(methods);
});

test('an unknown path is 404, a known one 405 with the allowed methods', () => {
  expect(unmatched('GET', `/${'x'.repeat(9999)}`, []).problem).toMatchObject({
    status: 404,
    code: 'not_found',
  });
  expect(unmatched('GET', `/${'x'.repeat(9999)}`, []).problem.detail.length).toBeLessThan(200);
  const error = unmatched('PUT', '/tasks', ['GET', 'POST']);
  expect(error.problem).toMatchObject({ status: 405, detail: '/tasks takes GET, POST, not PUT.' });
  expect(error.headers).toEqual({ allow: 'GET, POST' });
});
