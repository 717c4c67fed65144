import { jsonCode } from '../section.ts';
import { type Client, SERVER_NAME } from './client.ts';

/** It reads no addresses from its file: what it connects to by itself has to be on the Internet. */
export const claudeDesktop: Client = {
  stdio: (launch) => [
    {
      title: 'Claude Desktop, stdio',
      instruction:
        'Settings → Developer → Edit Config opens claude_desktop_config.json; add this, then quit Claude Desktop and start it again.',
      code: jsonCode({ mcpServers: { [SERVER_NAME]: launch } }),
    },
  ],
  http: ({ url, needsKey }) => [
    {
      title: 'Claude Desktop, HTTP',
      instruction: `\`bun run mcp:bundle\` makes an extension that connects it: open the file it names, and give it the address ${url}${
        needsKey ? ' and an API key, which `bun run keys create --name claude-desktop` makes' : ''
      }.`,
    },
  ],
};
