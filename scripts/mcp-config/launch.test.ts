import { expect, test } from 'bun:test';
import { stdioLaunch } from './launch.ts';

const options = {
  bun: '/opt/bun',
  root: '/src/millrace',
  databaseUrl: 'postgres://u:p@h/db',
  readOnly: false,
  environment: {},
};

test('every path is absolute', () => {
  expect(stdioLaunch(options)).toEqual({
    command: '/opt/bun',
    args: ['--cwd=/src/millrace', '/src/millrace/services/mcp/src/main.ts', '--stdio'],
    env: { DATABASE_URL: 'postgres://u:p@h/db' },
  });
});

test('settings that affect tasks are passed on, and no others', () => {
  const environment = { MODELS: 'simulated', RETENTION_DAYS: '', OPENAI_API_KEY: 'k', LOG_LEVEL: 'debug' };
  expect(stdioLaunch({ ...options, readOnly: true, environment }).env).toEqual({
    DATABASE_URL: 'postgres://u:p@h/db',
    MODELS: 'simulated',
    MCP_READ_ONLY: '1',
  });
});
