/*
 * Preloaded into every child of the development stack. Standard input is a pipe that nobody writes to; it ends when
 * the parent is gone, however it went. Then the child drains as if it had been asked to.
 */
const drainMsMax = 30_000;

function parentIsGone(): void {
  setTimeout(() => process.exit(1), drainMsMax).unref();
  process.kill(process.pid, 'SIGTERM');
}

process.stdin.on('end', parentIsGone);
process.stdin.on('error', parentIsGone);
process.stdin.resume();
// Waiting for the end must not by itself keep the child alive.
(process.stdin as unknown as { unref?: () => void }).unref?.();
