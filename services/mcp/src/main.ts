import { ConfigurationError, runService } from '@millrace/runtime';
import { serveHttp } from './http/serve-http.ts';
import { serveStdio } from './stdio/serve-stdio.ts';

const flags = process.argv.slice(2);
const stdio = flags.includes('--stdio');

await runService(
  'mcp',
  async (service) => {
    const unknown = flags.find((flag) => flag !== '--stdio');
    if (unknown) throw new ConfigurationError(`${unknown} is not known: pass --stdio, or nothing for HTTP`);
    await (stdio ? serveStdio(service) : serveHttp(service));
  },
  // Over stdio, standard output carries the protocol.
  stdio ? 'stderr' : 'stdout',
);
