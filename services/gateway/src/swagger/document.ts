import { openapi } from '@elysiajs/openapi';
import { version } from '../../package.json' with { type: 'json' };
import { componentSchemas } from './components.ts';
import { securitySchemes } from './security.ts';

const DESCRIPTION = `POST a prompt, get an id in milliseconds, read the result when it is there.

Every error is an RFC 9457 \`application/problem+json\` with a stable \`code\`; where fields are wrong, \`errors\` names
each of them. Ids are UUIDv7, times RFC 3339 in UTC, unknown fields are refused. Browsers of other origins are not
served: there are no CORS headers.

A key sees the tasks of its owner: those of others are answered as if they were not there.`;

/** GET /swagger/json, made from the routes' own descriptions. */
export function openApiDocument() {
  return openapi({
    path: '/swagger',
    // The page is our own: the plugin's loads scripts from elsewhere unless told otherwise, and has inline ones.
    provider: null,
    documentation: {
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
        { name: 'Service', description: 'What can be asked for, and how it fares' },
      ],
      components: { schemas: componentSchemas, securitySchemes },
    },
  });
}
