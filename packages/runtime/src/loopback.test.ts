import { expect, test } from 'bun:test';
import { isLoopbackHost } from './loopback.ts';

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
])('a Host of %j is not, or is none', (header) => {
  expect(isLoopbackHost(header)).toBe(false);
});
