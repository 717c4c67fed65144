import { type Client, mcpServersFile } from './client.ts';

/** Its configuration file takes no URLs, and its own connectors reach only servers on the Internet. */
export const claudeDesktop: Client = {
  stdio: (launch) => [
    mcpServersFile(
      'Claude Desktop, stdio',
      'Settings → Developer → Edit Config opens claude_desktop_config.json; add this, then quit and restart Claude Desktop.',
      launch,
    ),
  ],
  http: ({ url, needsKey }) => [
    {
      title: 'Claude Desktop, HTTP',
      instruction: `\`bun run mcp:bundle\` builds an extension that connects it: open the file that it prints, and enter the address ${url}${
        needsKey ? ' and an API key from `bun run keys create --name claude-desktop`' : ''
      }.`,
    },
  ],
};
