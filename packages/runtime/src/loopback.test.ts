import { expect, test } from 'bun:test';
import { isLoopback, isLoopbackHost } from './loopback.ts';

test.each([
  'localhost',
  'LocalHost:3000',
  '127.0.0.1',
  '127.0.0.1:3000',
  '127.8.9.10:1',
  '[::1]',
  '[::1]:65535',
])('a Host of %s is this machine', (header) => {
  expect(isLoopbackHost(header)).toBe(true);
});

test.each([
  '',
  'evil.example',
  'evil.example:3000',
  'localhost.evil.example',
  '127.0.0.1.evil.example',
  'evil.example#localhost',
  'localhost:3000:80',
  'user@localhost',
  'localhost, evil.example',
  '0.0.0.0',
  '128.0.0.1',
  '::1',
  '[::2]',
])('a Host of %j is not, or is invalid', (header) => {
  expect(isLoopbackHost(header)).toBe(false);
});

test.each([
  ['localhost', true],
  ['127.0.0.1', true],
  ['127.8.9.10', true],
  ['::1', true],
  ['0.0.0.0', false],
  ['::', false],
  ['127.0.0.1.evil.example', false],
  ['10.127.0.0.1', false],
])('what listens at %j is reachable from this machine only: %p', (hostname, only) => {
  expect(isLoopback(hostname)).toBe(only);
});
