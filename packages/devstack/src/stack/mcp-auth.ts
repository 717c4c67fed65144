/** Without a word to the contrary, whoever is on this machine needs no token; from elsewhere everybody does. */
export function mcpAuth({ MCP_AUTH, MCP_HOST }: Record<string, string | undefined>): string {
  return MCP_AUTH || (/^(localhost|::1|127\.[\d.]+|)$/.test(MCP_HOST ?? '') ? 'off' : 'token');
}
