import { afterAll, afterEach, beforeAll, describe, setDefaultTimeout } from 'bun:test';
import { buffering } from './cases/buffering.ts';
import { delivery } from './cases/delivery.ts';
import { events } from './cases/events.ts';
import { outages } from './cases/outages.ts';
import { pausing } from './cases/pausing.ts';
import { rebalancing } from './cases/rebalancing.ts';
import { resuming } from './cases/resuming.ts';
import { topics } from './cases/topics.ts';
import { unreadable } from './cases/unreadable.ts';
import { StreamLab, type Target } from './lab.ts';

const START_TIMEOUT_MS = 120_000;

setDefaultTimeout(40_000);

export function streamSuite(target: Target): void {
  const lab = new StreamLab(target);
  describe(`stream on ${target.name}`, () => {
    beforeAll(() => lab.start(), START_TIMEOUT_MS);
    afterEach(() => lab.clear(), START_TIMEOUT_MS);
    afterAll(() => lab.stop(), START_TIMEOUT_MS);

    topics(lab);
    delivery(lab);
    unreadable(lab);
    resuming(lab);
    pausing(lab);
    rebalancing(lab);
    buffering(lab);
    events(lab);
    outages(lab);
  });
}
