export type LogFields = Record<string, string | number | boolean | null>;
export type LogLevel = 'info' | 'warn' | 'error';
export type Logger = (level: LogLevel, msg: string, fields: LogFields) => void;
