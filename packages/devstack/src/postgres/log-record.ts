const levels: Record<string, string> = { LOG: 'info', INFO: 'info', NOTICE: 'info', WARNING: 'warn' };
const serious = new Set(['ERROR', 'FATAL', 'PANIC']);

/** Postgres' `2026-11-23 18:36:24.123 UTC [4711] LOG:  message` in the JSON form that the services log in. */
export function toLogRecord(line: string): string {
  const [, date, time, severity, message] = /^(\S+) (\S+) UTC \[\d+\] ([A-Z]+):\s+(.*)$/.exec(line) ?? [];
  if (!severity) return line;
  const level = levels[severity] ?? (serious.has(severity) ? 'error' : 'info');
  const told =
    severity in levels || serious.has(severity) ? message : `${severity.toLowerCase()}: ${message}`;
  return JSON.stringify({ level, time: `${date}T${time}Z`, msg: told });
}
