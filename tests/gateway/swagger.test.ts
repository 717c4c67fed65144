import { expect, test } from 'bun:test';
import { shared } from '../shared.ts';
import { createTestDatabase } from '../test-database.ts';
import { eventually } from '../waiting.ts';
import { chromiumPath, openPage, type Page } from './chromium.ts';
import { type GatewayProcess, startGateway } from './gateway-process.ts';

const database = shared(createTestDatabase);

const SUBMIT = '#operations-Tasks-submitTask .opblock-summary-control';

async function useSwagger(gateway: GatewayProcess, page: Page): Promise<void> {
  const until = (what: string, expression: string) =>
    eventually(what, () => page.evaluate<boolean>(expression), { timeoutMs: 20_000 });
  const click = (selector: string) => page.evaluate(`document.querySelector('${selector}').click()`);

  await page.open(`${gateway.url}/swagger`);
  const { paths } = (await (await fetch(`${gateway.url}/swagger/json`)).json()) as { paths: object };
  const operations = Object.values(paths).flatMap((path) => Object.keys(path)).length;
  await until('the operations appear', `document.querySelectorAll('.opblock').length === ${operations}`);
  const text = await page.evaluate<string>('document.body.innerText');
  for (const shown of ['Millrace', 'Submit a task', '/tasks/{id}', '/health/ready', 'TaskCreate']) {
    expect(text).toContain(shown);
  }

  await click(SUBMIT);
  await until(
    'the example is filled in',
    `document.querySelector('.body-param__text')?.value.includes('prompt')`,
  );
  await until('it can be sent', `document.querySelector('.btn.execute') !== null`);
  await click('.btn.execute');
  const status = '.live-responses-table tr.response .response-col_status';
  await until('the answer appears', `document.querySelector('${status}') !== null`);
  expect(await page.evaluate<string>(`document.querySelector('${status}').innerText`)).toStartWith('202');

  const elsewhere = page.requests.filter(
    (url) => !url.startsWith(`${gateway.url}/`) && !url.startsWith('data:'),
  );
  expect(elsewhere).toEqual([]);
  expect(page.requests).toContain(`${gateway.url}/tasks`);
  expect(page.errors).toEqual([]);
  const folder = process.env.MILLRACE_SCREENSHOTS;
  await page.evaluate(`document.querySelector('${status}').scrollIntoView({ block: 'center' })`);
  if (folder) await Bun.write(`${folder}/swagger.png`, await page.screenshot());
}

/** Texts of the page with too little contrast. */
const DIM = `(() => {
  const shade = (color) => Math.max(...color.match(/\\d+/g).slice(0, 3));
  const ground = (element) => {
    const { backgroundColor } = getComputedStyle(element);
    return backgroundColor.endsWith(', 0)') ? ground(element.parentElement) : backgroundColor;
  };
  const says = (element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
  return [...document.querySelectorAll('#swagger-ui *')]
    .filter((element) => says(element) && element.checkVisibility())
    .filter((element) => Math.abs(shade(getComputedStyle(element).color) - shade(ground(element))) < 60)
    .map((element) => element.className + ': ' + element.textContent);
})()`;

async function readOnPhone(gateway: GatewayProcess, page: Page): Promise<void> {
  await page.becomePhone();
  await page.open(`${gateway.url}/swagger`);
  const until = (what: string, expression: string) =>
    eventually(what, () => page.evaluate<boolean>(expression), { timeoutMs: 20_000 });
  await until('the operations appear', `document.querySelector('${SUBMIT}') !== null`);
  await page.evaluate(`document.querySelector('${SUBMIT}').click()`);
  await until('the answers appear', `document.querySelector('.responses-table') !== null`);
  const { scrollWidth, clientWidth } = await page.evaluate<{ scrollWidth: number; clientWidth: number }>(
    '(({ scrollWidth, clientWidth }) => ({ scrollWidth, clientWidth }))(document.documentElement)',
  );
  expect(scrollWidth).toBe(clientWidth);
  const shade = `Math.max(...getComputedStyle(document.documentElement).backgroundColor.match(/\\d+/g))`;
  expect(await page.evaluate<number>(shade)).toBeLessThan(64);
  expect(await page.evaluate<string[]>(DIM)).toEqual([]);
  expect(page.errors).toEqual([]);
}

if (chromiumPath) {
  const executable = chromiumPath;
  const gateway = shared(() => startGateway({ DATABASE_URL: database.url }));
  const page = shared(() => openPage(executable));
  test(
    '/swagger shows the API, submits a task and loads nothing from other hosts',
    () => useSwagger(gateway, page),
    90_000,
  );
  test('/swagger fits a phone, and is dark if preferred', () => readOnPhone(gateway, page), 90_000);
} else {
  console.warn('skipped: /swagger in a browser (no Chromium is installed)');
  test.skip('/swagger in a browser', () => undefined);
}
