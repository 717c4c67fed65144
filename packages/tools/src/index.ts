export { builtinTools } from './builtin-tools.ts';
export { calculator } from './calculator/calculator.ts';
export { isWorkspaceName } from './file-writer/workspace.ts';
export { createToolRegistry, type ToolDescription, type ToolRegistry } from './registry.ts';
export { defineTool, type Tool, type ToolContext, ToolError } from './tool.ts';
