import type { LogFields } from '../logger.ts';
import type { BrokerContext } from '../server/context.ts';
import { ErrorCode } from '../wire/error-codes.ts';

export const STORAGE_MESSAGE = 'the broker could not write to its disk; its log says why';

/** Runs a request's write to disk. A failure, as on a full disk, is logged and returned as KAFKA_STORAGE_ERROR. */
export function tryStoring({ logger }: BrokerContext, fields: LogFields, write: () => void): ErrorCode {
  try {
    write();
    return ErrorCode.NONE;
  } catch (error) {
    logger.error('storage failed', { ...fields, error: String(error) });
    return ErrorCode.KAFKA_STORAGE_ERROR;
  }
}
