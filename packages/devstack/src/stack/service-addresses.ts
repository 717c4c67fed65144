import { isLoopback } from '@millrace/runtime';
import { reachableUrl } from '../ports/reachable.ts';

export type Environment = Record<string, string | undefined>;

/** Where this machine reaches the gateway, whatever address it listens on. */
export function gatewayUrl({ GATEWAY_HOST }: Environment, port: number): string {
  return reachableUrl(GATEWAY_HOST, port);
}

/** The same for MCP. */
export function mcpUrl({ MCP_HOST }: Environment, port: number): string {
  return `${reachableUrl(MCP_HOST, port)}/mcp`;
}

/** Unless set, a gateway that only this machine can reach needs no API key; any other does. */
export function gatewayAuth({ GATEWAY_AUTH, GATEWAY_HOST }: Environment): string {
  return GATEWAY_AUTH || (isLoopback(GATEWAY_HOST || '127.0.0.1') ? 'off' : 'keys');
}

/** The same for MCP. */
export function mcpAuth({ MCP_AUTH, MCP_HOST }: Environment): string {
  return MCP_AUTH || (isLoopback(MCP_HOST || '127.0.0.1') ? 'off' : 'token');
}
