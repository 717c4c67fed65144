import type { AnyElysia, DocumentDecoration } from 'elysia';

type Parameters = NonNullable<DocumentDecoration['parameters']>;
/** By path and method, as OpenAPI has them. */
export type DescribedPaths = Record<
  string,
  Record<string, { parameters?: Parameters } | undefined> | undefined
>;

/** Restores the parameters that operations declare: the plugin drops them where a route has path parameters. */
export function restoreParameters(paths: DescribedPaths, routes: AnyElysia['routes']): void {
  for (const { method, path, hooks } of routes) {
    const declared: Parameters | undefined = hooks.detail?.parameters;
    const operation = paths[path.replace(/:(\w+)/g, '{$1}')]?.[method.toLowerCase()];
    if (!declared || !operation || operation.parameters === declared) continue;
    operation.parameters = [...(operation.parameters ?? []), ...declared];
  }
}
