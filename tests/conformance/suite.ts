import { afterAll, beforeAll, describe, setDefaultTimeout } from 'bun:test';
import { adminGroups } from './cases/admin-groups.ts';
import { adminOffsets } from './cases/admin-offsets.ts';
import { adminTopics } from './cases/admin-topics.ts';
import { apiVersions } from './cases/api-versions.ts';
import { autoCreate } from './cases/auto-create.ts';
import { commitAndResume } from './cases/commit-and-resume.ts';
import { compression } from './cases/compression.ts';
import { fetchLimits } from './cases/fetch-limits.ts';
import { groupFencing } from './cases/group-fencing.ts';
import { groupOffsets } from './cases/group-offsets.ts';
import { groupRebalance } from './cases/group-rebalance.ts';
import { idempotence } from './cases/idempotence.ts';
import { largeRecords } from './cases/large-records.ts';
import { longPoll } from './cases/long-poll.ts';
import { malformedFrames } from './cases/malformed-frames.ts';
import { metadata } from './cases/metadata.ts';
import { produceAndConsume } from './cases/produce-and-consume.ts';
import { produceRequests } from './cases/produce-requests.ts';
import { rawConnections } from './cases/raw-connections.ts';
import { recordShapes } from './cases/record-shapes.ts';
import { restart } from './cases/restart.ts';
import { sessionTimeout } from './cases/session-timeout.ts';
import { Lab, type Target } from './lab.ts';

const START_TIMEOUT_MS = 120_000;
// Above every deadline within a case: when bun times a case out, it kills the broker with it.
const CASE_TIMEOUT_MS = 60_000;

/** Every case against one broker. `more` adds cases for this broker only. */
export function conformanceSuite(target: Target, more: (lab: Lab) => void = () => undefined): void {
  setDefaultTimeout(CASE_TIMEOUT_MS);
  const lab = new Lab(target);
  describe(`Kafka protocol: ${target.name}`, () => {
    beforeAll(() => lab.start(), START_TIMEOUT_MS);
    afterAll(() => lab.stop(), START_TIMEOUT_MS);

    produceAndConsume(lab);
    recordShapes(lab);
    compression(lab);
    largeRecords(lab);
    produceRequests(lab);
    idempotence(lab);
    metadata(lab);
    autoCreate(lab);
    apiVersions(lab);
    adminTopics(lab);
    adminOffsets(lab);
    adminGroups(lab);
    fetchLimits(lab);
    longPoll(lab);
    // Cases that mostly wait, and run concurrently.
    groupOffsets(lab);
    groupRebalance(lab);
    sessionTimeout(lab);
    commitAndResume(lab);

    groupFencing(lab);
    malformedFrames(lab);
    rawConnections(lab);
    more(lab);
    restart(lab);
  });
}
