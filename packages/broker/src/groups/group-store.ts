import type { Logger } from '../logger.ts';
import { RecordFile } from '../storage/record-file.ts';

type CommittedOffset = { offset: number; metadata: string | null };
export type OffsetsByTopic = Map<string, Map<number, CommittedOffset>>;
export type OffsetChange = { topic: string; partition: number; offset: number; metadata: string | null };

export type StoredMember = {
  id: string;
  clientId: string;
  host: string;
  sessionTimeoutMs: number;
  rebalanceTimeoutMs: number;
  /** Metadata and assignment in base64. */
  protocols: { name: string; metadata: string }[];
  assignment: string;
};

/** A group as it was when it last became stable, or empty. */
export type GroupSnapshot = {
  generation: number;
  protocolType: string;
  protocolName: string;
  leaderId: string;
  members: StoredMember[];
};

type StoredGroup = GroupSnapshot & { offsets: OffsetsByTopic };

export const NO_SNAPSHOT: GroupSnapshot = {
  generation: 0,
  protocolType: '',
  protocolName: '',
  leaderId: '',
  members: [],
};

type Row = [topic: string, partition: number, offset: number, metadata: string | null];
type StoredRecord =
  | { kind: 'offsets'; group: string; rows: Row[] }
  | { kind: 'group'; group: string; snapshot: GroupSnapshot }
  | { kind: 'group_deleted'; group: string }
  | { kind: 'topic_deleted'; topic: string };

const COMPACT_ABOVE_BYTES = 1024 * 1024;
const COMPACT_GROWTH = 4;

/**
 * Committed offsets, generations and members of all groups: in memory, and in one append-only file that is rewritten
 * when it has grown to four times what it needs. Offsets never expire; they end with their group or topic.
 */
export class GroupStore {
  readonly #groups = new Map<string, StoredGroup>();
  readonly #file: RecordFile;
  readonly #logger: Logger;
  #compactAboveBytes = COMPACT_ABOVE_BYTES;

  constructor(path: string, logger: Logger) {
    this.#logger = logger;
    const onCut = (bytes: number) => logger('warn', 'truncated a damaged offsets file', { bytes });
    this.#file = new RecordFile(path, (record) => this.#apply(record as StoredRecord), onCut);
  }

  #apply(record: StoredRecord): void {
    switch (record.kind) {
      case 'offsets':
        for (const row of record.rows) this.#set(this.#group(record.group).offsets, row);
        break;
      case 'group':
        Object.assign(this.#group(record.group), record.snapshot);
        break;
      case 'group_deleted':
        this.#groups.delete(record.group);
        break;
      case 'topic_deleted':
        for (const group of this.#groups.values()) group.offsets.delete(record.topic);
        break;
    }
  }

  #set(offsets: OffsetsByTopic, [topic, partition, offset, metadata]: Row): void {
    let partitions = offsets.get(topic);
    if (partitions === undefined) {
      partitions = new Map();
      offsets.set(topic, partitions);
    }
    partitions.set(partition, { offset, metadata });
  }

  #group(groupId: string): StoredGroup {
    let group = this.#groups.get(groupId);
    if (group === undefined) {
      group = { ...NO_SNAPSHOT, offsets: new Map() };
      this.#groups.set(groupId, group);
    }
    return group;
  }

  #write(record: StoredRecord): void {
    this.#file.append(record);
    this.#apply(record);
    if (this.#file.sizeBytes > this.#compactAboveBytes) this.#compact();
  }

  #compact(): void {
    const records: StoredRecord[] = [];
    for (const [id, { offsets, ...snapshot }] of this.#groups) {
      records.push({ kind: 'group', group: id, snapshot });
      const rows = rowsOf(offsets);
      if (rows.length > 0) records.push({ kind: 'offsets', group: id, rows });
    }
    try {
      this.#file.rewrite(records);
      this.#compactAboveBytes = Math.max(COMPACT_ABOVE_BYTES, this.#file.sizeBytes * COMPACT_GROWTH);
    } catch (error) {
      // The record itself is written: on a full disk, let the file grow, and try again later.
      this.#logger('error', 'offsets file not compacted', { error: String(error) });
      this.#compactAboveBytes = this.#file.sizeBytes + COMPACT_ABOVE_BYTES;
    }
  }

  /** Once it returns, the offsets survive a kill of the process. */
  commit(groupId: string, changes: OffsetChange[]): void {
    const rows = changes.map((c): Row => [c.topic, c.partition, c.offset, c.metadata]);
    this.#write({ kind: 'offsets', group: groupId, rows });
  }

  saveGroup(groupId: string, snapshot: GroupSnapshot): void {
    this.#write({ kind: 'group', group: groupId, snapshot });
  }

  deleteGroup(groupId: string): void {
    if (this.#groups.has(groupId)) this.#write({ kind: 'group_deleted', group: groupId });
  }

  deleteTopic(topic: string): void {
    const committed = [...this.#groups.values()].some((group) => group.offsets.has(topic));
    if (committed) this.#write({ kind: 'topic_deleted', topic });
  }

  groupIds(): string[] {
    return [...this.#groups.keys()];
  }

  find(groupId: string): Readonly<StoredGroup> | undefined {
    return this.#groups.get(groupId);
  }

  close(): void {
    this.#file.close();
  }
}

function rowsOf(offsets: OffsetsByTopic): Row[] {
  return [...offsets].flatMap(([topic, partitions]) =>
    [...partitions].map(([partition, { offset, metadata }]): Row => [topic, partition, offset, metadata]),
  );
}
