import { up } from './up/up.ts';

process.exit(await up(process.argv.slice(2)));
