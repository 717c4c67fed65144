const levels: Record<string, string> = {
  LOG: 'info',
  INFO: 'info',
  NOTICE: 'info',
  WARNING: 'warn',
  ERROR: 'error',
  FATAL: 'error',
  PANIC: 'error',
};

/** Postgres' `2026-11-23 18:36:24.123 UTC [4711] LOG:  message` in the JSON form that the services log in. */
export function toLogRecord(line: string): string {
  const [, date, time, severity, message] = /^(\S+) (\S+) UTC \[\d+\] ([A-Z]+):\s+(.*)$/.exec(line) ?? [];
  if (!severity) return line;
  const level = levels[severity];
  // Such as DETAIL or STATEMENT, which belong to the line before.
  const msg = level ? message : `${severity.toLowerCase()}: ${message}`;
  return JSON.stringify({ level: level ?? 'info', time: `${date}T${time}Z`, msg });
}
