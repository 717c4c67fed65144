import { ErrorCode } from '../wire/error-codes.ts';
import { initProducerId } from '../wire/init-producer-id.ts';
import { answer } from './answer.ts';
import { attempt } from './attempt.ts';

/** InitProducerId, for idempotent producers; transactional ones are refused with a non-retriable error. */
export const handleInitProducerId = answer(initProducerId, (broker, { transactionalId }) => {
  let producerId = -1;
  if (transactionalId !== null) return { error: ErrorCode.INVALID_REQUEST, producerId };
  const { error } = attempt(broker, {}, () => {
    producerId = broker.producerIds.next();
  });
  return { error, producerId };
});
