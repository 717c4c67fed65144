/** The server sends something as often, if only a comment. Node notices a dead network only after 300 seconds. */
const INTERVAL_MS = 15_000;
/** A call may wait for 50 seconds, and nothing comes before its answer. */
const SILENT_INTERVALS_MAX = 4;

/** Calls `end` once nothing was heard for a minute, until `stop` is called. */
export function watchForSilence(end: () => void): { heard(): void; stop(): void } {
  let silentIntervals = 0;
  // Not one long timer: after a sleep of the machine it would fire before what came meanwhile is read.
  const timer = setInterval(() => {
    if (++silentIntervals > SILENT_INTERVALS_MAX) end();
  }, INTERVAL_MS);
  return {
    heard() {
      silentIntervals = 0;
    },
    stop: () => clearInterval(timer),
  };
}
