/** Runs `end` when this process exits, also on a signal: what it started must not outlive it. */
export function onExit(end: () => void): void {
  process.on('exit', end);
  exitOnSignal();
}

/** By default, signals skip exit handlers. */
export function exitOnSignal(): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130));
}
