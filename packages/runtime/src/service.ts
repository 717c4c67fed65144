import type { Logger } from 'pino';
import { ConfigurationError } from './environment.ts';
import { createLogger } from './logger.ts';
import { readLogLevel } from './settings.ts';

const STOP_TIMEOUT_MS = 25_000;

/** EX_CONFIG of sysexits.h, for systemd's RestartPreventExitStatus: a restart would fail the same way. */
export const EXIT_CODE_OF_REFUSED_CONFIGURATION = 78;

/** Passed to a service's start function. */
export interface Service {
  readonly logger: Logger;
  /** Registers how to stop what was just started; on shutdown these run one at a time, last registered first. */
  onStop(name: string, stop: () => Promise<unknown> | unknown): void;
  /** Limits the duration of a graceful shutdown, after which the process exits; 25 s by default. */
  allowStop(timeoutMs: number): void;
  /** Shuts the service down gracefully, as SIGTERM does. */
  stop(): void;
  /** Shuts down gracefully, with exit code 1: for the loss of a dependency that will not come back by itself. */
  fail(error: Error): void;
}

/**
 * Runs a service until SIGTERM, SIGINT or `fail`: the lifecycle that gateway, executor and mcp share. A
 * second signal ends the process at once; a graceful shutdown that takes too long is cut off with exit code
 * 1. A ConfigurationError has its own exit code.
 */
export async function runService(
  name: string,
  start: (service: Service) => Promise<void>,
  log: 'stdout' | 'stderr' = 'stdout',
): Promise<void> {
  const logger = openLog(name, log);
  const stops: { name: string; stop: () => Promise<unknown> | unknown }[] = [];
  let stopTimeoutMs = STOP_TIMEOUT_MS;
  let stopping = false;

  async function stopAll(exitCode: number) {
    if (stopping) return;
    stopping = true;
    const deadline = setTimeout(() => {
      logger.error({ timeout_ms: stopTimeoutMs }, 'shutdown took too long; exiting now');
      process.exit(1);
    }, stopTimeoutMs);
    for (const part of stops.reverse()) {
      try {
        await part.stop();
      } catch (error) {
        logger.error({ err: error, part: part.name }, 'part did not stop cleanly');
        exitCode = 1;
      }
    }
    clearTimeout(deadline);
    logger.info({}, 'stopped');
    process.exit(exitCode);
  }

  function onSignal(signal: NodeJS.Signals) {
    if (stopping) process.exit(1);
    logger.info({ signal }, 'stopping');
    void stopAll(0);
  }
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  // A defect: better to restart than to continue in an unknown state.
  process.on('uncaughtException', (error) => {
    logger.error({ err: error }, 'uncaught exception');
    process.exit(1);
  });
  process.on('unhandledRejection', (error) => {
    logger.error({ err: error }, 'unhandled rejection');
    process.exit(1);
  });

  const service: Service = {
    logger,
    onStop: (part, stop) => stops.push({ name: part, stop }),
    allowStop: (timeoutMs) => {
      stopTimeoutMs = timeoutMs;
    },
    stop: () => void stopAll(0),
    fail: (error) => {
      logger.error({ err: error }, 'cannot continue');
      void stopAll(1);
    },
  };
  try {
    await start(service);
  } catch (error) {
    const refused = error instanceof ConfigurationError;
    if (refused) logger.error({}, error.message);
    else logger.error({ err: error }, 'could not start');
    await stopAll(refused ? EXIT_CODE_OF_REFUSED_CONFIGURATION : 1);
  }
}

function openLog(name: string, stream: 'stdout' | 'stderr'): Logger {
  try {
    return createLogger(name, readLogLevel(), stream);
  } catch (error) {
    createLogger(name, 'info', stream).error({}, (error as Error).message);
    process.exit(EXIT_CODE_OF_REFUSED_CONFIGURATION);
  }
}
