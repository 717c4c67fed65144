/** Logs failures as services do: statements with a secret among their values, refused by Postgres or without any Postgres. */
import { listTasks, newTaskId, openDatabase, UNRESTRICTED } from '@millrace/db';
import { createLogger } from '@millrace/runtime';

const [url = '', secret = ''] = process.argv.slice(2);
const logger = createLogger('failures');
const open = (address: string) =>
  openDatabase({ url: address, maxConnections: 1, applicationName: 'failures', logger });
const db = open(url);
const withoutSchema = open(new URL('/postgres', url).href);
const away = open('postgres://127.0.0.1:1/away');

const failures = {
  'list, refused': () => listTasks(withoutSchema, UNRESTRICTED, { owner: secret }),
  'list, unreachable': () => listTasks(away, UNRESTRICTED, { owner: secret }),
  'insert, refused': () => db.sql`insert into tasks (id, prompt) values (${newTaskId()}, ${secret})`,
};
for (const [what, fail] of Object.entries(failures)) {
  try {
    await fail();
  } catch (error) {
    logger.error({ err: error }, what);
    logger.error({ err: new Error('in another', { cause: error }) }, `${what}, as a cause`);
  }
}
await Promise.all([db, withoutSchema, away].map((database) => database.close()));
