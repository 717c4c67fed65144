import { expect, test } from 'bun:test';
import { Metrics } from './metrics.ts';
import { PerModel } from './per-model.ts';

const create = () => new Metrics({ service: 'test', version: '1.2.3' });

/** The lines of one metric. */
async function told(metrics: Metrics, name: string): Promise<string[]> {
  const text = await (await metrics.response()).text();
  return text.split('\n').filter((line) => line.startsWith(name));
}

test('a counter has a series for each combination of labels requested', async () => {
  const metrics = create();
  const counter = metrics.counter('a_total', 'x', ['b', 'c']);
  const kept = counter.of('1', '2');
  kept.add();
  counter.of('1', '2').add(4);
  counter.of('a"\\\n', '');
  expect(await told(metrics, 'a_total')).toEqual([
    'a_total{b="1",c="2"} 5',
    'a_total{b="a\\"\\\\\\n",c=""} 0',
  ]);
});

test('a histogram counts an observation in every bucket it fits', async () => {
  const metrics = create();
  const distribution = metrics.histogram('h', 'x', [0.1, 1], []).of();
  for (const value of [0, 0.1, 0.5, 7]) distribution.observe(value);
  expect(await told(metrics, 'h_')).toEqual([
    'h_bucket{le="0.1"} 2',
    'h_bucket{le="1"} 3',
    'h_bucket{le="+Inf"} 4',
    'h_sum 7.6',
    'h_count 4',
  ]);
});

test('a gauge is read at each scrape, and absent where there is nothing to read', async () => {
  const metrics = create();
  const readings: { labels?: Record<string, string>; value: number }[] = [];
  metrics.gauge('g', 'x', async () => readings);
  expect(await told(metrics, 'g')).toEqual([]);
  readings.push({ value: 3 });
  expect(await told(metrics, 'g')).toEqual(['g 3']);
  readings[0] = { labels: { a: 'b' }, value: -1 };
  expect(await told(metrics, 'g')).toEqual(['g{a="b"} -1']);
});

test('a metric created after the first scrape appears in the next', async () => {
  const metrics = create();
  await metrics.response();
  metrics.counter('late_total', 'x', []).of().add();
  expect(await told(metrics, 'late_total')).toEqual(['late_total 1']);
});

test('models that are not configured share one series', async () => {
  const metrics = create();
  const counter = metrics.counter('m_total', 'x', ['model']);
  const models = new PerModel(['gpt'], (model) => counter.of(model));
  for (const model of ['gpt', 'made-up', 'constructor']) models.of(model).add();
  expect(await told(metrics, 'm_total')).toEqual(['m_total{model="gpt"} 1', 'm_total{model="_other"} 2']);
});

test('a blocked event loop shows', async () => {
  const metrics = create();
  const until = performance.now() + 800;
  while (performance.now() < until);
  // The timer is overdue by now, and fires next.
  await Bun.sleep(1);
  const [line] = await told(metrics, 'millrace_event_loop_delay_seconds_sum');
  expect(Number(line?.split(' ')[1])).toBeGreaterThan(0.5);
});
