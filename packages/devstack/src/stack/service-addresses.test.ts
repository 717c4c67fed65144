import { expect, test } from 'bun:test';
import { gatewayAuth, mcpAuth } from './service-addresses.ts';

test.each([
  [undefined, 'off'],
  ['', 'off'],
  ['127.0.0.1', 'off'],
  ['127.1.2.3', 'off'],
  ['localhost', 'off'],
  ['::1', 'off'],
  ['0.0.0.0', 'keys'],
  ['192.0.2.7', 'keys'],
  ['127.0.0.1.example.com', 'keys'],
])('by default, a gateway on %s has %s', (GATEWAY_HOST, auth) => {
  expect(gatewayAuth({ GATEWAY_HOST })).toBe(auth);
  expect(mcpAuth({ MCP_HOST: GATEWAY_HOST })).toBe(auth === 'off' ? 'off' : 'token');
});

test('an explicit setting wins', () => {
  expect(gatewayAuth({ GATEWAY_AUTH: 'keys' })).toBe('keys');
  // The gateway itself refuses it, and says why.
  expect(gatewayAuth({ GATEWAY_AUTH: 'off', GATEWAY_HOST: '0.0.0.0' })).toBe('off');
  expect(mcpAuth({ MCP_AUTH: 'token' })).toBe('token');
});
