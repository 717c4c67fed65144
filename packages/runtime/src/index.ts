export { databaseSettings, databaseUrl, MIGRATE } from './database-settings.ts';
export { ConfigurationError, readEnvironment } from './environment.ts';
export { type ReadinessReport, startHealthServer } from './health-server.ts';
export { type KafkaConnection, kafkaConnection, kafkaSettings } from './kafka-settings.ts';
export { createLogger, type LogLevel } from './logger.ts';
export { type ConfiguredModel, type ModelPrice, parseModels } from './models.ts';
export { runService, type Service } from './service.ts';
export { host, oneOf, optional, port, settings } from './settings.ts';
export { traceparentOrNew } from './traceparent.ts';
