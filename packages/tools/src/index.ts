export { builtinTools } from './builtin-tools.ts';
export { calculator } from './calculator/calculator.ts';
export {
  createFileWriter,
  DEFAULT_FILE_WRITER_LIMITS,
  type FileWriterLimits,
  fileWriter,
} from './file-writer/file-writer.ts';
export { isWorkspaceName } from './file-writer/workspace.ts';
export { createToolRegistry, type ToolDescription, type ToolRegistry } from './registry.ts';
export { createTimeTool, type TimeToolOptions, time } from './time.ts';
export { defineTool, type Tool, type ToolContext, ToolError } from './tool.ts';
