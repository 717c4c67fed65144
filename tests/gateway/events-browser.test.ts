import { describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import type { Task, TaskStep } from '@millrace/contracts';
import { getTask, UNRESTRICTED } from '@millrace/db';
import { shared } from '../shared.ts';
import { startTcpProxy } from '../tcp-proxy.ts';
import { eventually, within } from '../waiting.ts';
import { everyStep } from '../whole-history.ts';
import { chromiumPath, openPage, type Page } from './chromium.ts';
import type { ReceivedEvent } from './event-client.ts';
import { expectContinuousText, storyOf, turnTexts, wholeStory } from './event-log.ts';
import { startEventsLab } from './events-lab.ts';

/** Watches with the code that the documentation gives. */
async function watchAsDocumented(page: Page, taskId: string): Promise<void> {
  const documentation = await Bun.file(join(import.meta.dir, '../../docs/events.md')).text();
  const code = /```js\n(.*?)```/s.exec(documentation)?.[1];
  if (!code?.includes('function watch(id, show)')) throw new Error('docs/events.md has no function watch');
  await page.evaluate(
    `${code}; watch('${taskId}', (view) => { window.view = structuredClone(view); }); true`,
  );
}

interface View {
  readonly status: string;
  readonly steps: readonly TaskStep[];
  readonly text: string;
  readonly task: Task | null;
}

/** Watches as a page does: an EventSource, and what it reports. */
function watchInPage(page: Page, taskId: string): Promise<unknown> {
  return page.evaluate(`{
    window.seen = [];
    window.opened = 0;
    window.source = new EventSource('/tasks/${taskId}/events');
    source.onopen = () => { opened++; };
    for (const type of ['snapshot', 'status', 'step', 'delta', 'end']) {
      source.addEventListener(type, ({ lastEventId, data }) => {
        seen.push({ id: lastEventId, type, data: JSON.parse(data) });
      });
    }
    true;
  }`);
}

describe.skipIf(!chromiumPath)('in a browser', () => {
  const lab = shared(startEventsLab);
  const one = shared(() => lab.startGateway());
  const other = shared(() => lab.startGateway());
  const proxy = shared(() => startTcpProxy(one.port));

  test('an EventSource that is cut off three times has seen every event once, and stops after the end', async () => {
    await using page = await openPage(chromiumPath!);
    await page.open(proxy.via(`${one.url}/swagger`));
    const taskId = await lab.submit();
    await watchInPage(page, taskId);
    await watchAsDocumented(page, taskId);
    const view = () => page.evaluate<View>('view');
    const seen = () => page.evaluate<ReceivedEvent[]>('seen');
    const reads = (turn: string, text: string) =>
      eventually(`${turn} reads ${text}`, async () => turnTexts(await seen()).get(turn) === text);
    const opened = (times: number) =>
      eventually(`it is open for the ${times}th time`, () => page.evaluate<boolean>(`opened === ${times}`));

    await eventually('the snapshot comes', async () => (await seen()).length === 1);
    const first = await lab.claim(taskId);
    first.say('磨坊, ');
    await reads('1/1', '磨坊, ');

    proxy.leadTo(other.port);
    proxy.cut();
    first.say('a mill 🌾');
    await opened(2);
    await reads('1/1', '磨坊, a mill 🌾');
    await eventually(
      'the documented code shows it too',
      async () => (await view()).text === '磨坊, a mill 🌾',
    );

    proxy.cut();
    await first.endTurn();
    await first.fail(true);
    const second = await lab.claim(taskId);
    second.say('again');
    await opened(3);
    await reads('2/2', 'again');

    proxy.leadTo(one.port);
    proxy.cut();
    await second.endTurn();
    await second.complete();
    await eventually('the end comes', async () => (await seen()).at(-1)?.type === 'end');
    // It reconnects once by itself, is answered 204, and gives up.
    await eventually('it has closed', () =>
      page.evaluate<boolean>('source.readyState === EventSource.CLOSED'),
    );

    const events = await seen();
    expect(storyOf(events)).toEqual(await wholeStory(lab.database.db, taskId));
    expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
    expect(events.filter(({ type }) => type === 'snapshot')).toHaveLength(1);
    expectContinuousText(events);
    expect(await page.evaluate<number>('opened')).toBe(4);
    await eventually('the documented code shows the end', async () => (await view()).task !== null);
    expect(await view()).toEqual({
      status: 'COMPLETED',
      steps: await everyStep(lab.database.db, taskId),
      text: '',
      task: (await getTask(lab.database.db, UNRESTRICTED, taskId))!,
    });
  }, 90_000);

  test('an EventSource of an unknown task gives up', async () => {
    await using page = await openPage(chromiumPath!);
    await page.open(`${one.url}/swagger`);
    await watchInPage(page, Bun.randomUUIDv7());
    const closed = eventually('it gives up', () =>
      page.evaluate<boolean>('source.readyState === EventSource.CLOSED'),
    );
    await within('an unknown task', 10_000, closed);
    expect(await page.evaluate<unknown[]>('seen')).toEqual([]);
  }, 60_000);
});
if (!chromiumPath) console.warn('skipped: an EventSource in a browser (no Chromium is installed)');
