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
  const passedOn = { MODELS: 'simulated', RETENTION_DAYS: '7', DATABASE_CA_FILE: '/ca.pem' };
  const environment = { ...passedOn, MIGRATE: '', OPENAI_API_KEY: 'k', LOG_LEVEL: 'debug' };
  expect(stdioLaunch({ ...options, readOnly: true, environment }).env).toEqual({
    DATABASE_URL: 'postgres://u:p@h/db',
    ...passedOn,
    MCP_READ_ONLY: '1',
  });
});
