import type { Reader } from './reader.ts';
import type { Writer } from './writer.ts';

/** InitProducerId (22) request: transactional_id nullable string | transaction_timeout_ms int32 */
export function decodeInitProducerIdRequest(reader: Reader): { transactionalId: string | null } {
  const transactionalId = reader.nullableString();
  reader.int32();
  return { transactionalId };
}

/** Response: throttle_ms int32 | error int16 | producer_id int64 | producer_epoch int16 */
export function encodeInitProducerIdResponse(writer: Writer, error: number, producerId: number): void {
  writer.int32(0);
  writer.int16(error);
  writer.int64(producerId);
  writer.int16(producerId < 0 ? -1 : 0);
}
