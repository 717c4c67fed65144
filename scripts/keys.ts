/** API keys, in the database of `bun run up` too: `bun run keys --help` says more. */
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
