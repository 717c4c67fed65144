import type { toOpenAPISchema } from '@elysiajs/openapi';
import type { AnyElysia } from 'elysia';

type Paths = ReturnType<typeof toOpenAPISchema>['paths'];

/** Restores the parameters that operations declare: the plugin drops them where a route has path parameters. */
export function restoreParameters(paths: Paths, routes: AnyElysia['routes']): void {
  for (const { method, path, hooks } of routes) {
    const declared = hooks.detail?.parameters;
    const operation = paths[path.replace(/:(\w+)/g, '{$1}')]?.[method.toLowerCase() as 'get'];
    if (!declared || !operation || operation.parameters === declared) continue;
    operation.parameters = [...(operation.parameters ?? []), ...declared];
  }
}
