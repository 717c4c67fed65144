import type { AnyElysia, DocumentDecoration } from 'elysia';

type Parameters = NonNullable<DocumentDecoration['parameters']>;
/** By path and method, as OpenAPI has them. */
export type DescribedPaths = Record<
  string,
  Record<string, { parameters?: Parameters } | undefined> | undefined
>;

/** Puts back what operations declare: the plugin leaves it out where a route has parameters in its path. */
export function restoreParameters(paths: DescribedPaths, routes: AnyElysia['routes']): void {
  for (const { method, path, hooks } of routes) {
    const declared: Parameters | undefined = hooks.detail?.parameters;
    const operation = paths[path.replace(/:(\w+)/g, '{$1}')]?.[method.toLowerCase()];
    if (!declared || !operation || operation.parameters === declared) continue;
    operation.parameters = [...(operation.parameters ?? []), ...declared];
  }
}
