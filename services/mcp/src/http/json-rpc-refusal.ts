/** The answer to a request that is refused before it becomes a call. */
export function refusal(status: number, message: string, { code = -32000, headers = {} } = {}): Response {
  return Response.json({ jsonrpc: '2.0', error: { code, message }, id: null }, { status, headers });
}
