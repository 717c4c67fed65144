import type { Handler } from '../server/context.ts';
import { ErrorCode } from '../wire/error-codes.ts';
import { decodeInitProducerIdRequest, encodeInitProducerIdResponse } from '../wire/init-producer-id.ts';
import { tryStoring } from './try-storing.ts';

/** InitProducerId, for idempotent producers; transactional ones are refused with a non-retriable error. */
export const handleInitProducerId: Handler = (broker, reader) => {
  const { transactionalId } = decodeInitProducerIdRequest(reader);
  if (transactionalId !== null) {
    return (writer) => encodeInitProducerIdResponse(writer, ErrorCode.INVALID_REQUEST, -1);
  }
  let producerId = -1;
  const error = tryStoring(broker, {}, () => {
    producerId = broker.producerIds.next();
  });
  return (writer) => encodeInitProducerIdResponse(writer, error, producerId);
};
