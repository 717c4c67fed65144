import packageJson from '../../package.json' with { type: 'json' };

export const ENTRY_POINT = 'server/index.js';

/** What the host application shows before the server has ever run; the tests compare it with what the server lists. */
const tools = {
  submit_task: 'Submit a task: a prompt that a model works on in the background.',
  wait_for_task: 'Wait for a task to end, for up to 50 seconds.',
  get_task_status: 'The status of a task.',
  get_task_result: "A task's output, in chunks.",
  get_task: 'Everything about a task.',
  get_task_timeline: 'What happened to a task: its attempts and their steps.',
  list_tasks: 'Find tasks by status, model, priority, time or text.',
  get_queue_stats: 'How many tasks wait and run, and how fast they end.',
  list_models: 'The models that tasks can name.',
  cancel_task: 'Cancel a pending or running task.',
  retry_task: 'Run a finished task again.',
};

/** The application replaces it with what the user entered. */
const entered = (setting: string) => `\${user_config.${setting}}`;

export const manifest = {
  manifest_version: '0.3',
  name: 'millrace',
  display_name: 'Millrace',
  version: packageJson.version,
  description: 'Submit tasks to Millrace, follow them, and read their results.',
  long_description:
    'Connects to a Millrace that runs on this machine or elsewhere, over MCP. It stores no tasks and no database password, only the address and, where one is needed, your API key.',
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
      description: 'Where Millrace serves MCP. The default is the address of `bun run up`.',
      default: 'http://127.0.0.1:3333/mcp',
      required: true,
    },
    token: {
      type: 'string',
      title: 'API key',
      description:
        'Leave empty for a Millrace on this machine that needs none; otherwise make one with `bun run keys create --name me`.',
      sensitive: true,
      required: false,
      default: '',
    },
  },
  compatibility: {
    platforms: ['darwin', 'win32', 'linux'],
    runtimes: { node: '>=20.3.0' },
  },
};
