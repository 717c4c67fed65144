import { reachableUrl } from '../ports/reachable.ts';

type Environment = Record<string, string | undefined>;

/** Where this machine reaches the gateway, whatever address it listens on. */
export function gatewayUrl({ GATEWAY_HOST }: Environment, port: number): string {
  return reachableUrl(GATEWAY_HOST, port);
}

/** The same for MCP. */
export function mcpUrl({ MCP_HOST }: Environment, port: number): string {
  return `${reachableUrl(MCP_HOST, port)}/mcp`;
}
