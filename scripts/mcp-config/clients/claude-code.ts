import { shellLine } from '@millrace/runtime';
import type { Section } from '../section.ts';
import { authorization, type Client, KEY_VARIABLE, keyHint, mcpServersFile, SERVER_NAME } from './client.ts';

const PROJECT_FILE = 'Or in .mcp.json in the folder of the project';

export const claudeCode: Client = {
  stdio: (launch) => {
    const { command, args, env } = launch;
    const variables = Object.entries(env).flatMap(([name, value]) => ['--env', `${name}=${value}`]);
    // --env takes all values that follow it, so another option has to come between it and the name.
    const options = [...variables, '--transport', 'stdio', SERVER_NAME, '--', command, ...args];
    return [
      byCommand('Claude Code, stdio', 'Run this in the folder of your project.', shellLine(add(options))),
      mcpServersFile(
        'Claude Code, stdio, .mcp.json',
        `${PROJECT_FILE}. It holds the database's password and paths of this machine: do not commit it.`,
        { type: 'stdio', ...launch },
      ),
    ];
  },
  http: (address) => {
    const options = ['--transport', 'http', SERVER_NAME, address.url];
    // The shell inserts the key.
    const header = address.needsKey ? ` --header "Authorization: Bearer $${KEY_VARIABLE}"` : '';
    return [
      byCommand(
        'Claude Code, HTTP',
        `Run this in the folder of your project.${keyHint(address)}`,
        shellLine(add(options)) + header,
      ),
      mcpServersFile(
        'Claude Code, HTTP, .mcp.json',
        `${PROJECT_FILE}, for everybody who opens it.${keyHint(address)}`,
        {
          type: 'http',
          url: address.url,
          ...authorization(address, `\${${KEY_VARIABLE}}`),
        },
      ),
    ];
  },
};

function add(options: readonly string[]): string[] {
  return ['claude', 'mcp', 'add', ...options];
}

function byCommand(title: string, instruction: string, text: string): Section {
  return { title, instruction, code: { language: 'sh', text } };
}
