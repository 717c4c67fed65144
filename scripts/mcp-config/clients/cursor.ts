import { jsonCode, type Section } from '../section.ts';
import { authorization, type Client, KEY_VARIABLE, keyHint, SERVER_NAME } from './client.ts';

const USER_FILE = 'In ~/.cursor/mcp.json for all projects';

export const cursor: Client = {
  stdio: (launch) => [
    section('Cursor, stdio', `${USER_FILE}. It holds the database's password: keep it out of projects.`, {
      type: 'stdio',
      ...launch,
    }),
  ],
  http: (address) => [
    section('Cursor, HTTP', `${USER_FILE}, or .cursor/mcp.json in one project.${keyHint(address)}`, {
      url: address.url,
      ...authorization(address, `\${env:${KEY_VARIABLE}}`),
    }),
  ],
};

function section(title: string, instruction: string, server: object): Section {
  return { title, instruction, code: jsonCode({ mcpServers: { [SERVER_NAME]: server } }) };
}
