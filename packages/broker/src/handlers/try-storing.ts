import type { LogFields } from '../logger.ts';
import type { BrokerContext } from '../server/context.ts';
import { ErrorCode } from '../wire/error-codes.ts';

export const STORAGE_MESSAGE = 'the broker could not write to its disk; its log says why';

/** Runs what writes to disk for a request. A disk that is full or broken is logged, and told as KAFKA_STORAGE_ERROR. */
export function tryStoring({ logger }: BrokerContext, fields: LogFields, write: () => void): ErrorCode {
  try {
    write();
    return ErrorCode.NONE;
  } catch (error) {
    logger.error('storage', { ...fields, error: String(error) });
    return ErrorCode.KAFKA_STORAGE_ERROR;
  }
}
