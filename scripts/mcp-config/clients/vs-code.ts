import { jsonCode } from '../section.ts';
import { authorization, type Client, type HttpAddress, SERVER_NAME } from './client.ts';

const TOKEN_INPUT = 'millrace-token';
const USER_FILE = '“MCP: Open User Configuration” in the command palette opens the file for all folders';

export const vsCode: Client = {
  stdio: (launch) => [
    {
      title: 'VS Code, stdio',
      instruction: `${USER_FILE}. It holds the database's password: keep it out of projects.`,
      code: jsonCode({ servers: { [SERVER_NAME]: { type: 'stdio', ...launch } } }),
    },
  ],
  http: (address) => {
    const server = { type: 'http', url: address.url, ...authorization(address, `\${input:${TOKEN_INPUT}}`) };
    const hint = address.needsToken
      ? ' VS Code asks for the token, which `bun run keys create` makes, and keeps it.'
      : '';
    return [
      {
        title: 'VS Code, HTTP',
        instruction: `${USER_FILE}; .vscode/mcp.json is that of one.${hint}`,
        code: jsonCode({ ...inputs(address), servers: { [SERVER_NAME]: server } }),
      },
    ];
  },
};

function inputs({ needsToken }: HttpAddress) {
  const token = {
    type: 'promptString',
    id: TOKEN_INPUT,
    description: "Millrace's MCP token",
    password: true,
  };
  return needsToken ? { inputs: [token] } : {};
}
