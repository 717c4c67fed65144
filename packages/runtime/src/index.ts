export { databaseSettings, databaseUrl, MIGRATE, requireDatabaseAddress } from './database-settings.ts';
export { ConfigurationError, readEnvironment, refuse } from './environment.ts';
export { startHealthServer } from './health-server.ts';
export { kafkaConnection, kafkaSettings } from './kafka-settings.ts';
export { listenAs } from './listen.ts';
export { createLogger, type LogLevel } from './logger.ts';
export { isLoopback, isLoopbackHost } from './loopback.ts';
export type { Count } from './metrics/count.ts';
export { databaseMetrics } from './metrics/database-metrics.ts';
export type { Distribution } from './metrics/distribution.ts';
export { Metrics } from './metrics/metrics.ts';
export { PerModel } from './metrics/per-model.ts';
export { streamMetrics } from './metrics/stream-metrics.ts';
export { finishedTasks, submittedTasks } from './metrics/task-metrics.ts';
export {
  type ConfiguredModel,
  type ModelPrice,
  modelInfos,
  parseModels,
  requireProviders,
} from './models.ts';
export { OutageLog } from './outage-log.ts';
export { EXIT_CODE_OF_REFUSED_CONFIGURATION, runService, type Service } from './service.ts';
export { host, oneOf, optional, port, settings } from './settings.ts';
export { shareEach, shareResult } from './shared-result.ts';
export { shellLine } from './shell-line.ts';
export { isTraceparent, newTraceparent, traceIdOf } from './tracing/traceparent.ts';
export { openTracing, type Span, type Tracing } from './tracing/tracing.ts';
