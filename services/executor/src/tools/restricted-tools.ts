import { ToolError, type ToolRegistry } from '@millrace/tools';

/**
 * Offers only the named tools; the others cannot be called.
 *
 * @throws ToolError `unknown_tool` for a name that no tool has
 */
export function restrictTools(registry: ToolRegistry, names: readonly string[]): ToolRegistry {
  const unknown = names.filter((name) => !registry.get(name));
  if (unknown.length > 0) throw new ToolError('unknown_tool', unknownTools(unknown, registry));
  const allowed = new Set(names);
  return {
    tools: registry.tools.filter(({ name }) => allowed.has(name)),
    get: (name) => (allowed.has(name) ? registry.get(name) : undefined),
    describe: () => registry.describe().filter(({ name }) => allowed.has(name)),
    async call(name, input, context) {
      if (allowed.has(name)) return registry.call(name, input, context);
      const shown = JSON.stringify(name.slice(0, 64));
      throw new ToolError('unknown_tool', `No tool is named ${shown}. Available tools: ${listed(names)}.`);
    },
  };
}

function unknownTools(unknown: readonly string[], registry: ToolRegistry): string {
  const known = listed(registry.tools.map(({ name }) => name));
  return `The task's tools name ${listed(unknown)}, which this executor does not have. It has: ${known}.`;
}

function listed(names: readonly string[]): string {
  return names.join(', ') || 'none';
}
