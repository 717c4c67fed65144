import { describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { seeded } from '../testing/seeded.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { ErrorCode } from '../wire/error-codes.ts';
import { GroupCoordinator } from './coordinator.ts';
import { GroupStore } from './group-store.ts';

const GROUP = 'executors';
const ALL = [0, 1, 2, 3, 4, 5];
const SESSION_MS = 40;
const RUN_MS = 800;

/** Invariants over all members, whatever each of them does. */
class Model {
  generation = 0;
  readonly #owners = new Map<string, string>();
  readonly #leaders = new Map<number, string>();

  joined(generation: number): void {
    expect(generation).toBeGreaterThanOrEqual(this.generation);
    this.generation = generation;
  }

  leads(member: string, generation: number): void {
    expect(this.#leaders.get(generation) ?? member).toBe(member);
    this.#leaders.set(generation, member);
  }

  owns(member: string, generation: number, partitions: Iterable<number>): void {
    for (const partition of partitions) {
      const place = `${generation}/${partition}`;
      expect(this.#owners.get(place) ?? member).toBe(member);
      this.#owners.set(place, member);
    }
  }
}

type World = {
  coordinator: GroupCoordinator;
  model: Model;
  random: () => number;
  isFaithful: boolean;
  isOver: boolean;
};

/** A client that joins, syncs, sends heartbeats and commits; an unfaithful one also disconnects, falls silent and leaves. */
async function takePart(world: World): Promise<void> {
  const { model, random } = world;
  let memberId = '';
  while (!world.isOver) {
    const chance = (p: number) => !world.isFaithful && random() < p;
    let hangUp = () => {};
    const onDisconnect = (run: () => void) => {
      hangUp = run;
    };
    const coordinator = world.coordinator;
    const joining = coordinator.join(
      {
        groupId: GROUP,
        sessionTimeoutMs: SESSION_MS,
        rebalanceTimeoutMs: SESSION_MS,
        memberId,
        protocolType: 'consumer',
        protocols: [{ name: 'any', metadata: Buffer.from(chance(0.1) ? 'other' : 'm') }],
      },
      { client: { clientId: 'c', host: 'h' }, mustKnowItsId: random() < 0.5, onDisconnect },
    );
    if (chance(0.1)) {
      hangUp();
      continue;
    }
    const joined = await joining;
    if (joined.error !== ErrorCode.NONE) {
      memberId = joined.error === ErrorCode.MEMBER_ID_REQUIRED ? joined.memberId : '';
      await Bun.sleep(random() * 5);
      continue;
    }
    memberId = joined.memberId;
    const { generation } = joined;
    model.joined(generation);
    if (joined.members.length > 0) model.leads(memberId, generation);
    if (chance(0.1)) await Bun.sleep(SESSION_MS * 2 * random());
    // A follower asks for everything, and must not get it that way.
    const told = joined.members.length > 0 ? joined.members : [joined];
    const assignments = told.map((member, i) => ({
      memberId: member.memberId,
      assignment: Buffer.from(ALL.filter((partition) => partition % told.length === i)),
    }));
    const ask = { groupId: GROUP, generation, memberId };
    const synced = await coordinator.sync({ ...ask, assignments }, onDisconnect);
    if (synced.error === ErrorCode.NONE) model.owns(memberId, generation, synced.assignment);
    let error: ErrorCode = synced.error as ErrorCode;
    while (error === ErrorCode.NONE && !world.isOver) {
      await Bun.sleep(random() * 8);
      if (chance(0.03)) await Bun.sleep(SESSION_MS * 3 * random());
      if (chance(0.03)) world.coordinator.leave(GROUP, memberId);
      error = random() < 0.5 ? world.coordinator.heartbeat(ask) : world.coordinator.checkCommit(ask);
      if (generation < model.generation) expect(error).not.toBe(ErrorCode.NONE);
      const late = { ...ask, generation: generation - 1 };
      expect(world.coordinator.checkCommit(late)).not.toBe(ErrorCode.NONE);
    }
    if (error === ErrorCode.UNKNOWN_MEMBER_ID && random() < 0.8) memberId = '';
    if (chance(0.1)) await Bun.sleep(SESSION_MS * random());
  }
}

describe('a group whose members act at random', () => {
  test.each([1, 2])(
    'never assigns a partition to two members of a generation, and settles (seed %p)',
    async (seed) => {
      using folder = temporaryFolder();
      const logger = () => {};
      const open = () => {
        const store = new GroupStore(join(folder.path, 'offsets'), logger);
        const settings = { initialRebalanceDelayMs: 5, sessionTimeoutMsMin: 10, sessionTimeoutMsMax: 60_000 };
        return new GroupCoordinator(store, settings, logger);
      };
      const world: World = {
        coordinator: open(),
        model: new Model(),
        random: seeded(seed),
        isFaithful: false,
        isOver: false,
      };
      // A group that never committed is forgotten once it is empty, and its generations start over.
      world.coordinator.offsets.commit(GROUP, [{ topic: 't', partition: 0, offset: 0, metadata: null }]);
      const members = Array.from({ length: 5 }, () => takePart(world));
      const failed = Promise.all(members);
      void failed.catch(() => {});
      for (let restarts = 0; restarts < 4; restarts++) {
        await Promise.race([Bun.sleep(RUN_MS / 4), failed]);
        world.coordinator.close();
        world.coordinator.offsets.close();
        world.coordinator = open();
      }
      world.isFaithful = true;
      const isSettled = () => {
        const group = world.coordinator.find(GROUP);
        return group?.state === 'Stable' && group.roster.members.size === members.length;
      };
      while (!isSettled()) await Promise.race([Bun.sleep(5), failed]);
      world.isOver = true;
      await failed;
      world.coordinator.close();
      world.coordinator.offsets.close();
    },
  );
});
