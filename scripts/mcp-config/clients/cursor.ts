import { authorization, type Client, KEY_VARIABLE, keyHint, mcpServersFile } from './client.ts';

const USER_FILE = 'In ~/.cursor/mcp.json for all projects';

export const cursor: Client = {
  stdio: (launch) => [
    mcpServersFile(
      'Cursor, stdio',
      `${USER_FILE}. It holds the database's password: keep it out of projects.`,
      { type: 'stdio', ...launch },
    ),
  ],
  http: (address) => [
    mcpServersFile('Cursor, HTTP', `${USER_FILE}, or .cursor/mcp.json in one project.${keyHint(address)}`, {
      url: address.url,
      ...authorization(address, `\${env:${KEY_VARIABLE}}`),
    }),
  ],
};
