/** API keys, also in the database of `bun run up`: see `bun run keys --help`. */
import { explainsItself, runKeys } from '@millrace/access/command';
import { clientAddresses, StackError } from '@millrace/devstack';

try {
  const embedded = (dataDir?: string) => clientAddresses(process.env, dataDir).runningDatabaseUrl();
  console.log(await runKeys(process.argv.slice(2), embedded));
} catch (error) {
  if (!(error instanceof StackError || explainsItself(error))) throw error;
  console.error(error.message);
  process.exit(1);
}
