import { toOpenAPISchema } from '@elysiajs/openapi';
import { registerFormats } from '@millrace/contracts';
import { type AnyElysia, Elysia } from 'elysia';
import { version } from '../../package.json' with { type: 'json' };
import { componentSchemas } from './components.ts';
import { restoreParameters } from './declared-parameters.ts';
import { securitySchemes } from './security.ts';

const DESCRIPTION = `POST a prompt, get an id in milliseconds, read the result when it is there.

Every error is an RFC 9457 \`application/problem+json\` with a stable \`code\`; where fields are invalid, \`errors\`
lists each of them. Ids are UUIDv7, times RFC 3339 in UTC, unknown fields are refused. The format \`text\` is any text without
the character NUL. Lengths count UTF-16 code units, of which an emoji has two. There are no CORS headers: web
pages of other origins cannot call this API. Later versions may add fields to answers, codes, providers and events:
ignore those that you do not know.

A problem with the status 429 or 503 comes with \`Retry-After\`: when to try again.

A key sees the tasks of its owner only; those of others are treated as nonexistent. So are tasks that ended longer ago
than the operator keeps them: 30 days, unless \`RETENTION_DAYS\` says otherwise.`;

const OPENAPI = '3.1.2';
const HEAD = {
  openapi: OPENAPI,
  info: {
    title: 'Millrace',
    version,
    summary: 'An asynchronous AI task platform',
    description: DESCRIPTION,
    license: { name: 'MIT', identifier: 'MIT' },
  },
  servers: [{ url: '/', description: 'This gateway' }],
  security: [],
  tags: [
    { name: 'Tasks', description: 'Submit work and read its results' },
    { name: 'Service', description: 'Models, statistics, health and metrics' },
  ],
  components: { schemas: componentSchemas, securitySchemes },
};

/**
 * GET /swagger/json, made from the routes' own descriptions. The page is our own: by default the plugin's
 * loads scripts from elsewhere, and it has inline ones.
 *
 * @param app the complete app, once it exists
 */
export function openApiDocument(app: () => AnyElysia) {
  // Importing the plugin replaces them with checks of its own, which build a validator for each value.
  registerFormats();
  let document: object | undefined;

  function make(): object {
    const { paths } = toOpenAPISchema(app(), undefined, undefined, undefined, OPENAPI);
    restoreParameters(paths, app().routes);
    return { ...HEAD, paths };
  }

  return new Elysia().get('/swagger/json', () => (document ??= make()), { detail: { hide: true } });
}
