import { tmpdir } from 'node:os';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { MCP_MAIN } from './mcp-process.ts';

export type Era = 'modern' | 'legacy';
export const CONNECTIONS = [
  ['http', 'modern'],
  ['http', 'legacy'],
  ['stdio', 'modern'],
  ['stdio', 'legacy'],
] as const;
export const REVISIONS = { modern: '2026-07-28', legacy: '2025-11-25' } as const;

export class TestClient extends Client implements AsyncDisposable {
  constructor(era: Era) {
    const mode = era === 'modern' ? { pin: REVISIONS.modern } : 'legacy';
    super({ name: 'millrace-tests', version: '1.0.0' }, { versionNegotiation: { mode } });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

export async function connectOverHttp(url: URL, era: Era, token?: string): Promise<TestClient> {
  const client = new TestClient(era);
  const requestInit = token ? { headers: { authorization: `Bearer ${token}` } } : {};
  await client.connect(new StreamableHTTPClientTransport(url, { requestInit }));
  return client;
}

/** As desktop clients do: a process of its own, started from another folder. */
export async function connectOverStdio(
  databaseUrl: string,
  era: Era,
  env: Record<string, string> = {},
): Promise<TestClient> {
  const client = new TestClient(era);
  const command = { command: process.execPath, args: [MCP_MAIN, '--stdio'], cwd: tmpdir() };
  const variables = { DATABASE_URL: databaseUrl, LOG_LEVEL: 'error', ...env };
  await client.connect(new StdioClientTransport({ ...command, env: variables, stderr: 'inherit' }));
  return client;
}

export interface ToolAnswer {
  readonly isError: boolean;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: what a stranger's client gets is unknown until it is looked at
  readonly structured: any;
}

type Caller = Pick<Client, 'callTool'>;

/** The client checks the answer against the schema that the server advertised. */
export async function call(
  client: Caller,
  name: string,
  args: Record<string, unknown> = {},
): Promise<ToolAnswer> {
  const { content, structuredContent, isError } = await client.callTool({ name, arguments: args });
  const [block] = content;
  if (content.length !== 1 || block?.type !== 'text') throw new Error('expected one block of text');
  return { isError: isError === true, text: block.text, structured: structuredContent };
}

/** The resources whose changes the client is told of, as it is. */
export function hearUpdates(client: Client): string[] {
  const heard: string[] = [];
  client.setNotificationHandler(
    'notifications/resources/updated',
    ({ params }) => void heard.push(params.uri),
  );
  return heard;
}
