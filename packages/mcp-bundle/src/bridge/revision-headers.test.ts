import { expect, test } from 'bun:test';
import { revisionHeaders } from './revision-headers.ts';

const headers = (method: string, params: Record<string, unknown>) =>
  revisionHeaders({ jsonrpc: '2.0', id: 1, method, params }, '2026-07-28');

test('headers repeat the revision, the method and its target', () => {
  expect(headers('tools/call', { name: 'get_task' })).toEqual({
    'mcp-protocol-version': '2026-07-28',
    'mcp-method': 'tools/call',
    'mcp-name': 'get_task',
  });
  expect(headers('resources/read', { uri: 'task://1' })['mcp-name']).toBe('task://1');
  expect(headers('tasks/get', { taskId: '1' })['mcp-name']).toBe('1');
  expect(headers('tools/list', { name: 'x' })).not.toHaveProperty('mcp-name');
  expect(headers('tools/call', { name: 5 })).not.toHaveProperty('mcp-name');
  expect(headers('constructor', { name: 'x' })).not.toHaveProperty('mcp-name');
});

test.each([
  ['a name', 'a name'],
  ['', '=?base64??='],
  [' blank', '=?base64?IGJsYW5r?='],
  ['漢', '=?base64?5ryi?='],
  ['a\r\nx: y', '=?base64?YQ0KeDogeQ==?='],
  ['=?base64?YQ==?=', '=?base64?PT9iYXNlNjQ/WVE9PT89?='],
])('%j as a header is %j', (name, value) => {
  expect(headers('tools/call', { name })['mcp-name']).toBe(value);
});
