export type LogFields = Record<string, string | number | boolean | null>;
export type LogLevel = 'info' | 'warn' | 'error';
export type LogSink = (level: LogLevel, msg: string, fields: LogFields) => void;

export class Logger {
  readonly #sink: LogSink;

  constructor(sink: LogSink) {
    this.#sink = sink;
  }

  info(msg: string, fields: LogFields = {}): void {
    this.#sink('info', msg, fields);
  }

  warn(msg: string, fields: LogFields = {}): void {
    this.#sink('warn', msg, fields);
  }

  error(msg: string, fields: LogFields = {}): void {
    this.#sink('error', msg, fields);
  }
}
