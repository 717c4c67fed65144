import { reachableUrl } from '../ports/reachable.ts';

type Environment = Record<string, string | undefined>;

/** Where this machine reaches the gateway, wherever that has been told to listen. */
export function gatewayUrl({ GATEWAY_HOST }: Environment, port: number): string {
  return reachableUrl(GATEWAY_HOST, port);
}

/** The same for MCP. */
export function mcpUrl({ MCP_HOST }: Environment, port: number): string {
  return `${reachableUrl(MCP_HOST, port)}/mcp`;
}
