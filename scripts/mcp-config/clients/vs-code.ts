import { jsonCode } from '../section.ts';
import { authorization, type Client, type HttpAddress, SERVER_NAME } from './client.ts';

const KEY_INPUT = 'millrace-key';
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
    const server = { type: 'http', url: address.url, ...authorization(address, `\${input:${KEY_INPUT}}`) };
    const hint = address.needsKey
      ? ' VS Code asks for an API key and stores it; `bun run keys create --name vs-code` creates one.'
      : '';
    return [
      {
        title: 'VS Code, HTTP',
        instruction: `${USER_FILE}; .vscode/mcp.json is for a single folder.${hint}`,
        code: jsonCode({ ...inputs(address), servers: { [SERVER_NAME]: server } }),
      },
    ];
  },
};

function inputs({ needsKey }: HttpAddress) {
  const key = {
    type: 'promptString',
    id: KEY_INPUT,
    description: "Millrace's API key",
    password: true,
  };
  return needsKey ? { inputs: [key] } : {};
}
