import { expect, test } from 'bun:test';
import { OutageLog } from './outage-log.ts';

test('of warnings that come together the first and the last are logged, which counts those between', async () => {
  const logged: unknown[] = [];
  const last = Promise.withResolvers<void>();
  const outage = new OutageLog({
    warn(fields, message) {
      logged.push([message, fields]);
      if (logged.length === 3) last.resolve();
    },
  });
  for (let n = 1; n <= 5; n++) outage.warn({ n }, 'database unavailable');
  outage.warn({ n: 1 }, 'leases not renewed');
  const atOnce = [
    ['database unavailable', { n: 1 }],
    ['leases not renewed', { n: 1 }],
  ];
  expect(logged).toEqual(atOnce);
  await last.promise;
  expect(logged).toEqual([...atOnce, ['database unavailable', { n: 5, more_before: 3 }]]);
}, 15_000);
