import { explainsItself, runKeys } from './run-keys.ts';

/** The command of images: DATABASE_URL says in which database. In a checkout, scripts/keys.ts knows the embedded one too. */
try {
  console.log(await runKeys(process.argv.slice(2)));
} catch (error) {
  if (!explainsItself(error)) throw error;
  console.error(error.message);
  process.exit(1);
}
