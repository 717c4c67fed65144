/** For test builds: the service's own HTTP stack and server, to mount something beside them. */
export type { McpContext } from './context.ts';
export { serveHttp } from './http/serve-http.ts';
export { type CreateServer, serveMillrace, serverOptions } from './server/create-server.ts';
export { declaresTasks, requireTasks } from './tasks-extension/extension.ts';
export { taskHandle } from './tasks-extension/task-handle.ts';
