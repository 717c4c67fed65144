export { ConfigurationError, readEnvironment } from './environment.ts';
export { type ReadinessReport, startHealthServer } from './health-server.ts';
export { createLogger, type LogLevel } from './logger.ts';
export { isLoopback } from './loopback.ts';
export { type ConfiguredModel, type ModelPrice, parseModels } from './models.ts';
export { runService, type Service } from './service.ts';
export { host, port, settings } from './settings.ts';
export { shareEach, shareResult } from './shared-result.ts';
export { traceparentOrNew } from './traceparent.ts';
