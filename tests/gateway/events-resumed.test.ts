import { expect, setDefaultTimeout, test } from 'bun:test';
import { shared } from '../shared.ts';
import { eventually, within } from '../waiting.ts';
import { everyStep } from '../whole-history.ts';
import { type EventConnection, type ReceivedEvent, watchTask } from './event-client.ts';
import { expectContinuousText, storyOf, turnTexts, wholeStory } from './event-log.ts';
import { hears, startEventsLab } from './events-lab.ts';
import type { ScriptedAttempt } from './scripted-attempt.ts';

setDefaultTimeout(60_000);

const lab = shared(startEventsLab);
const one = shared(() => lab.startGateway());
const other = shared(() => lab.startGateway());
const gateways = [one, other] as const;

/** A client that reconnects to the other gateway after each cut, and keeps what it has seen. */
class ReturningClient {
  readonly taskId: string;
  readonly #earlier: ReceivedEvent[] = [];
  #connection!: EventConnection;
  #connections = 0;

  private constructor(taskId: string) {
    this.taskId = taskId;
  }

  /** Watches a new task, and gets its snapshot. */
  static async begin(port?: number, taskId?: string): Promise<ReturningClient> {
    const client = new ReturningClient(taskId ?? (await lab.submit()));
    client.connect(port);
    await eventually('the snapshot comes', () => client.events.length === 1);
    return client;
  }

  connect(port = gateways[this.#connections % 2]!.port): void {
    this.#connections++;
    this.#connection = watchTask(port, this.taskId, this.#earlier.at(-1)?.id);
  }

  get events(): ReceivedEvent[] {
    return [...this.#earlier, ...this.#connection.events];
  }

  get connection(): EventConnection {
    return this.#connection;
  }

  /** Ignores whatever comes later. */
  cut(): void {
    this.#connection.cut();
    this.#earlier.push(...this.#connection.events.slice());
  }

  async hasText(turn: string, text: string): Promise<void> {
    await eventually(
      `${turn} reads ${JSON.stringify(text)}`,
      () => turnTexts(this.events).get(turn) === text,
    );
  }

  async toldOf(part: string): Promise<void> {
    await eventually(`the client receives ${part}`, () => storyOf(this.events).includes(part));
  }

  async ended(): Promise<void> {
    expect(await within('the stream ends', 20_000, this.#connection.closed)).toBe(true);
  }
}

/** Every event once, in order, and consistent text. */
async function expectWhole({ taskId, events }: ReturningClient): Promise<void> {
  expect(storyOf(events)).toEqual(await wholeStory(lab.database.db, taskId));
  expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
  expectContinuousText(events);
  for (const { attempt, seq, output } of await everyStep(lab.database.db, taskId)) {
    expect(output).toStartWith(turnTexts(events).get(`${attempt}/${seq}`) ?? '');
  }
}

test('a client cut off three times, returning to the other gateway, sees everything once', async () => {
  const client = await ReturningClient.begin();
  const first = await lab.claim(client.taskId);
  first.say('once ');
  await client.hasText('1/1', 'once ');

  client.cut();
  first.say('upon ');
  await lab.sent();
  first.say('a ');
  client.connect();
  first.say('time');
  await client.hasText('1/1', 'once upon a time');

  client.cut();
  await first.endTurn();
  first.say('never seen');
  await first.fail(true);
  const second = await lab.claim(client.taskId);
  await second.endTurn('while nobody looked');
  second.say('there was');
  client.connect();
  await client.hasText('2/3', 'there was');
  second.say(' a mill');
  await client.hasText('2/3', 'there was a mill');
  const third = await second.endTurn();
  await client.toldOf('step 2/3');

  client.cut();
  await second.complete();
  client.connect();
  await client.ended();
  expect(third.seq).toBe(3);
  await expectWhole(client);
  expect([...turnTexts(client.events)]).toEqual([
    ['1/1', 'once upon a time'],
    ['2/3', 'there was a mill'],
  ]);
  expect((await watchTask(gateways[0].port, client.taskId, client.events.at(-1)!.id).answer).status).toBe(
    204,
  );
}, 60_000);

/** Streams turn after turn at a model's pace, with a failed attempt in the middle. */
async function speakAtLength(taskId: string, attempt: ScriptedAttempt): Promise<void> {
  for (let turn = 0; turn < 12; turn++) {
    for (let word = 0; word < 40; word++) {
      attempt.say(`${word}·`);
      if (word % 8 === 7) attempt.repeat();
      await Bun.sleep(5);
    }
    await attempt.endTurn();
    if (turn === 5) {
      await attempt.fail(true);
      attempt = await lab.claim(taskId);
    }
  }
  await attempt.complete();
}

test('ten clients cut off at random moments see everything once', async () => {
  const taskId = await lab.submit();
  const clients = await Promise.all(
    Array.from({ length: 10 }, () => ReturningClient.begin(undefined, taskId)),
  );
  const speaking = lab.claim(taskId).then((attempt) => speakAtLength(taskId, attempt));
  let spoken = false;
  void speaking.finally(() => {
    spoken = true;
  });
  let cuts = 0;
  while (!spoken) {
    await Bun.sleep(20 * Math.random());
    const client = clients[cuts++ % clients.length]!;
    client.cut();
    client.connect();
  }
  await speaking;
  expect(cuts).toBeGreaterThan(30);
  for (const client of clients) {
    await client.ended();
    await expectWhole(client);
  }
}, 60_000);

test('a gateway killed mid-turn and restarted resumes where the client was', async () => {
  const victim = await lab.startGateway();
  const client = await ReturningClient.begin(victim.port);
  const attempt = await lab.claim(client.taskId);
  attempt.say('before ');
  await client.hasText('1/1', 'before ');
  victim.signal('SIGKILL');
  expect(await within('the connection breaks', 5_000, client.connection.closed)).toBe(false);
  client.cut();
  attempt.say('during ');
  await lab.sent();

  await using successor = await lab.startGateway({ GATEWAY_PORT: String(victim.port) });
  client.connect(successor.port);
  await eventually('the stream is open', async () => (await client.connection.answer).status === 200);
  // This gateway knows only what follows: it can show nothing until the text is sent from its beginning.
  attempt.say('after ');
  attempt.repeat();
  await client.hasText('1/1', 'before during after ');
  attempt.say('all');
  await client.hasText('1/1', 'before during after all');
  client.cut();
  await attempt.endTurn();
  client.connect(other.port);
  await attempt.complete();
  await client.ended();
  await expectWhole(client);
});

test('with the broker down steps come from Postgres, and text resumes afterwards', async () => {
  const client = await ReturningClient.begin();
  const attempt = await lab.claim(client.taskId);
  attempt.say('heard ');
  await client.hasText('1/1', 'heard ');
  await lab.broker.kill('SIGKILL');
  const killedAt = performance.now();
  attempt.say('unheard');
  await attempt.endTurn();
  await client.toldOf('step 1/1');
  console.info(
    `without the broker, a step arrived ${(performance.now() - killedAt).toFixed(0)} ms after it was made`,
  );
  expect(performance.now() - killedAt).toBeLessThan(4_000);
  attempt.say('also unheard, ');

  await lab.broker.restart();
  for (const gateway of gateways) {
    await eventually('the gateway receives events', () => hears(gateway), { timeoutMs: 40_000 });
  }
  await lab.sent();
  attempt.say('heard again');
  attempt.repeat();
  await client.hasText('1/2', 'also unheard, heard again');
  await attempt.endTurn();
  await attempt.complete();
  await client.ended();
  await expectWhole(client);
}, 90_000);
