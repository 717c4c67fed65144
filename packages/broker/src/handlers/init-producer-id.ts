import type { Handler } from '../server/context.ts';
import { ErrorCode } from '../wire/error-codes.ts';
import { decodeInitProducerIdRequest, encodeInitProducerIdResponse } from '../wire/init-producer-id.ts';

/** InitProducerId, for idempotent producers; transactional ones are refused with an error not to be retried. */
export const handleInitProducerId: Handler = (broker, reader) => {
  const { transactionalId } = decodeInitProducerIdRequest(reader);
  if (transactionalId !== null) {
    return (writer) => encodeInitProducerIdResponse(writer, ErrorCode.INVALID_REQUEST, -1);
  }
  const producerId = broker.producerIds.next();
  return (writer) => encodeInitProducerIdResponse(writer, ErrorCode.NONE, producerId);
};
