/*
 * Preloaded into every child of the development stack. Standard input is a pipe that nobody writes to; it ends when
 * the parent is gone, however that happened. The child then drains as if asked to stop.
 */
const drainMsMax = 30_000;

function parentIsGone(): void {
  setTimeout(() => process.exit(1), drainMsMax).unref();
  process.kill(process.pid, 'SIGTERM');
}

process.stdin.on('end', parentIsGone);
process.stdin.on('error', parentIsGone);
process.stdin.resume();
// Waiting for the end must not keep the child alive.
(process.stdin as unknown as { unref?: () => void }).unref?.();
