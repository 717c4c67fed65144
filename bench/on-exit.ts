/** Runs `end` when this process ends, by a signal too: what it had started must not outlive it. */
export function onExit(end: () => void): void {
  process.on('exit', end);
  exitOnSignal();
}

/** By themselves signals pass over whatever is to be done at the exit. */
export function exitOnSignal(): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130));
}
