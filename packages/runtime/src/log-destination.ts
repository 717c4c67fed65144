import pino from 'pino';

/** Buffered while a disk is full or a pipe is not read; beyond this, lines are lost. */
const PENDING_BYTES_MAX = 1024 * 1024;
const RETRY_MS = 50;
const LAST_TRY_MS_MAX = 500;

/**
 * Writes log lines at once and never blocks: no line is worth the service, which a full disk would crash and
 * an unread pipe would stall.
 *
 * @param onLost called with the number of lost lines once writing works again
 */
export function openLogDestination(stream: 'stdout' | 'stderr', onLost: (lines: number) => void) {
  const destination = pino.destination({
    // Accessing the stream makes Bun set pipes and sockets to non-blocking: they refuse what they have no room for.
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
      // A reader that is merely slow still gets the last lines.
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
