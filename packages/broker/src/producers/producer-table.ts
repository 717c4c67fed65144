import type { BatchHeader } from '../log/record-batch.ts';
import { ErrorCode } from '../wire/error-codes.ts';
import { Refusal } from '../wire/refusal.ts';

/** Batches that a producer may have in flight, and so may resend. */
const BATCHES_REMEMBERED = 5;
/** Producers remembered per partition; the least recently active go first. */
const PRODUCERS_MAX = 1000;
const SEQUENCE_MODULUS = 2 ** 31;

type SentBatch = { baseSequence: number; lastSequence: number; baseOffset: number };
type Producer = { epoch: number; batches: SentBatch[] };
export type ProducerState = [producerId: number, Producer][];

/** Idempotence of one partition: the last batches of each producer, rebuilt from the log on recovery. */
export class ProducerTable {
  /** In order of last use. */
  #producers = new Map<number, Producer>();

  /**
   * The offset of a batch that is stored already: it is acknowledged again, but not stored again. Undefined if it is to
   * be appended; throws a Refusal if it is neither.
   */
  storedOffset(batch: BatchHeader): number | undefined {
    const producer = this.#producers.get(batch.producerId);
    if (producer === undefined) return undefined;
    if (batch.producerEpoch < producer.epoch) throw new Refusal(ErrorCode.INVALID_PRODUCER_EPOCH);
    let expected = 0;
    if (batch.producerEpoch === producer.epoch) {
      const lastSequence = sequenceAfter(batch.baseSequence, batch.lastOffsetDelta);
      const sent = producer.batches.find(
        (each) => each.baseSequence === batch.baseSequence && each.lastSequence === lastSequence,
      );
      if (sent !== undefined) return sent.baseOffset;
      expected = sequenceAfter(producer.batches.at(-1)!.lastSequence, 1);
    }
    if (batch.baseSequence !== expected) throw new Refusal(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER);
    return undefined;
  }

  /** Call for every appended batch, with its offset. */
  note(batch: BatchHeader, baseOffset: number): void {
    if (batch.producerId < 0) return;
    let producer = this.#producers.get(batch.producerId);
    if (producer === undefined || producer.epoch !== batch.producerEpoch) {
      producer = { epoch: batch.producerEpoch, batches: [] };
    }
    producer.batches.push({
      baseSequence: batch.baseSequence,
      lastSequence: sequenceAfter(batch.baseSequence, batch.lastOffsetDelta),
      baseOffset,
    });
    if (producer.batches.length > BATCHES_REMEMBERED) producer.batches.shift();
    this.#producers.delete(batch.producerId);
    this.#producers.set(batch.producerId, producer);
    if (this.#producers.size > PRODUCERS_MAX) {
      const [longestSilent] = this.#producers.keys();
      this.#producers.delete(longestSilent!);
    }
  }

  /** A copy, for a checkpoint. */
  state(): ProducerState {
    return structuredClone([...this.#producers]);
  }

  restore(state: ProducerState): void {
    this.#producers = new Map(state);
  }
}

/** Sequences wrap from 2^31 − 1 to 0. */
function sequenceAfter(sequence: number, by: number): number {
  return (sequence + by) % SEQUENCE_MODULUS;
}
