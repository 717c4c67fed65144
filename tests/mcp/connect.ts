import { tmpdir } from 'node:os';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { MCP_MAIN } from './mcp-process.ts';

export type Era = 'modern' | 'legacy';
export const REVISIONS = { modern: '2026-07-28', legacy: '2025-11-25' } as const;

function newClient(era: Era): Client {
  const mode = era === 'modern' ? { pin: REVISIONS.modern } : 'legacy';
  return new Client({ name: 'millrace-tests', version: '1.0.0' }, { versionNegotiation: { mode } });
}

export async function connectOverHttp(url: URL, era: Era): Promise<Client> {
  const client = newClient(era);
  await client.connect(new StreamableHTTPClientTransport(url));
  return client;
}

/** As desktop clients do it: a process of its own, started from some other folder. */
export async function connectOverStdio(databaseUrl: string, era: Era): Promise<Client> {
  const client = newClient(era);
  const command = { command: process.execPath, args: [MCP_MAIN, '--stdio'], cwd: tmpdir() };
  const env = { DATABASE_URL: databaseUrl, LOG_LEVEL: 'error' };
  await client.connect(new StdioClientTransport({ ...command, env, stderr: 'inherit' }));
  return client;
}

export interface ToolAnswer {
  readonly isError: boolean;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: what a stranger's client gets is unknown until it is looked at
  readonly structured: any;
}

export async function call(
  client: Client,
  name: string,
  args: Record<string, unknown> = {},
): Promise<ToolAnswer> {
  const { content, structuredContent, isError } = await client.callTool({ name, arguments: args });
  const [block] = content;
  if (content.length !== 1 || block?.type !== 'text') throw new Error('expected one block of text');
  return { isError: isError === true, text: block.text, structured: structuredContent };
}
