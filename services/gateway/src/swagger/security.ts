import type { OperationScope } from '@millrace/access';

const SCHEME = 'apiKey';

/** What the page's button "Authorize" asks for. */
export const securitySchemes = {
  [SCHEME]: {
    type: 'http' as const,
    scheme: 'bearer',
    bearerFormat: 'mrt_…',
    description:
      'An API key, made by `bun run keys create`. It has the scopes `tasks:read` and `tasks:write`, and sees the tasks of its ' +
      "owner; with `admin`, everybody's. A gateway with `GATEWAY_AUTH=off`, as on a developer's machine, needs none, and only " +
      'accepts requests whose `Host` is `localhost` or a loopback address.',
  },
};

/** For an operation that needs a key. */
export function needs(scope: OperationScope) {
  return [{ [SCHEME]: [scope] }];
}

/** For an operation that needs none. */
export const needsNoKey: [] = [];
