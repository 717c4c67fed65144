import { explainsItself, runKeys } from './run-keys.ts';

/** The command of the images, for the database of DATABASE_URL. In a checkout, scripts/keys.ts also finds the embedded one. */
try {
  console.log(await runKeys(process.argv.slice(2)));
} catch (error) {
  if (!explainsItself(error)) throw error;
  console.error(error.message);
  process.exit(1);
}
