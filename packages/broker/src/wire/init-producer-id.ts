import type { Codec } from './codec.ts';

type InitProducerIdRequest = { transactionalId: string | null };

export const initProducerId: Codec<InitProducerIdRequest, { error: number; producerId: number }> = {
  /** InitProducerId (22) request: transactional_id nullable string | transaction_timeout_ms int32 */
  decode(reader) {
    const transactionalId = reader.nullableString();
    reader.int32();
    return { transactionalId };
  },

  /** Response: throttle_ms int32 | error int16 | producer_id int64 | producer_epoch int16 */
  encode(writer, _version, { error, producerId }) {
    writer.int32(0);
    writer.int16(error);
    writer.int64(producerId);
    writer.int16(producerId < 0 ? -1 : 0);
  },
};
