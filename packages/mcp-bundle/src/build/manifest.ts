import packageJson from '../../package.json' with { type: 'json' };

export const ENTRY_POINT = 'server/index.js';

/** What the host application shows before the server has ever run; the tests hold it against what the server lists. */
const tools = {
  submit_task: 'Submit a task: a prompt that a model works on in the background.',
  wait_for_task: 'Wait until a task has ended, 50 seconds at most.',
  get_task_status: 'Where a task stands.',
  get_task_result: "A task's output, in chunks.",
  get_task: 'Everything about a task.',
  get_task_timeline: 'What happened to a task: its attempts and their steps.',
  list_tasks: 'Find tasks by status, model, priority, time or text.',
  get_queue_stats: 'How much waits and runs, and how fast it goes.',
  list_models: 'Which models tasks can ask for.',
  cancel_task: 'Cancel a task that waits or runs.',
  retry_task: 'Run a task that has ended once more.',
};

/** The application puts in what the person entered. */
const entered = (setting: string) => `\${user_config.${setting}}`;

export const manifest = {
  manifest_version: '0.3',
  name: 'millrace',
  display_name: 'Millrace',
  version: packageJson.version,
  description: 'Submit tasks to Millrace, follow them, and read their results.',
  long_description:
    'Connects to a Millrace that runs on this machine or elsewhere, over MCP. It holds no task and no database password: all it knows is the address and, if that asks for one, your API key.',
  author: { name: 'Millrace' },
  license: 'MIT',
  keywords: ['tasks', 'queue', 'agents'],
  server: {
    type: 'node',
    entry_point: ENTRY_POINT,
    mcp_config: {
      command: 'node',
      args: [`\${__dirname}/${ENTRY_POINT}`],
      env: { MILLRACE_URL: entered('url'), MILLRACE_TOKEN: entered('token') },
    },
  },
  tools: Object.entries(tools).map(([name, description]) => ({ name, description })),
  tools_generated: false,
  prompts_generated: true,
  user_config: {
    url: {
      type: 'string',
      title: 'Address',
      description: "Where Millrace's MCP is. `bun run up` serves it at the address that stands here.",
      default: 'http://127.0.0.1:3333/mcp',
      required: true,
    },
    token: {
      type: 'string',
      title: 'API key',
      description:
        'Empty for a Millrace on this machine that asks for none; else one that `bun run keys create --name me` made.',
      sensitive: true,
      required: false,
      default: '',
    },
  },
  compatibility: {
    platforms: ['darwin', 'win32', 'linux'],
    runtimes: { node: '>=20.0.0' },
  },
};
