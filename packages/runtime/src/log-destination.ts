import pino from 'pino';

/** What waits for a full disk to have room again, or for a pipe to be read; beyond it lines are lost. */
const PENDING_BYTES_MAX = 1024 * 1024;
const RETRY_MS = 50;
const LAST_TRY_MS_MAX = 500;

/**
 * Where lines of the log go: at once, and never by waiting. No line is worth the service, which a full disk would end, and a pipe that
 * nobody reads would stop.
 *
 * @param onLost told how many lines were lost, once others get through again
 */
export function openLogDestination(stream: 'stdout' | 'stderr', onLost: (lines: number) => void) {
  const destination = pino.destination({
    // To ask for the stream is to have Bun make a pipe or socket refuse what it has no room for, in place of waiting.
    fd: process[stream].fd,
    sync: true,
    maxLength: PENDING_BYTES_MAX,
    retryEAGAIN: () => false,
  });
  let stuck = false;
  let lost = 0;
  function tryAgain(): void {
    stuck = false;
    destination.write('');
  }
  destination.on('error', () => {
    if (stuck) return;
    stuck = true;
    setTimeout(tryAgain, RETRY_MS).unref();
  });
  destination.once('error', () => {
    process.once('exit', () => {
      // Whoever is only slow to read hears of the end.
      const deadline = performance.now() + LAST_TRY_MS_MAX;
      for (; stuck && performance.now() < deadline; tryAgain()) Bun.sleepSync(10);
    });
  });
  destination.on('drop', () => lost++);
  destination.on('drain', () => {
    if (lost === 0) return;
    const lines = lost;
    lost = 0;
    onLost(lines);
  });
  return destination;
}
