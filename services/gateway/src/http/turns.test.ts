import { describe, expect, test } from 'bun:test';
import { createTurns, type Turns } from './turns.ts';

/** Work that runs until told to end, and records when it began. */
function createWork(begun: string[]) {
  const gates = new Map<string, PromiseWithResolvers<string>>();
  return {
    work: (name: string) => () => {
      begun.push(name);
      const gate = Promise.withResolvers<string>();
      gates.set(name, gate);
      return gate.promise;
    },
    end: (name: string) => gates.get(name)!.resolve(name),
    fail: (name: string) => gates.get(name)!.reject(new Error(name)),
  };
}

test("an owner's excess work queues, and nobody else's does", async () => {
  const begun: string[] = [];
  const { work, end, fail } = createWork(begun);
  const runInTurn = createTurns(2);
  const run = (given: () => Promise<string>, owner: string | null) =>
    runInTurn(given, { owner, signal: new AbortController().signal });
  const ada = ['a1', 'a2', 'a3', 'a4'].map((name) => run(work(name), 'ada'));
  const others = [
    run(work('b1'), 'bob'),
    run(work('n1'), null),
    run(work('n2'), null),
    run(work('n3'), null),
  ];
  expect(begun).toEqual(['a1', 'a2', 'b1', 'n1', 'n2']);

  fail('a2');
  await expect(ada[1]).rejects.toThrow('a2');
  await Promise.allSettled([ada[1]]);
  expect(begun.slice(5)).toEqual(['a3']);
  // Work that arrives while a place is handed over queues behind the rest.
  end('a1');
  const last = run(work('a5'), 'ada');
  await ada[0];
  expect(begun.slice(6)).toEqual(['a4']);
  end('n1');
  await others[1];
  expect(begun.slice(7)).toEqual(['n3']);

  for (const name of ['a3', 'a4', 'b1', 'n2', 'n3']) end(name);
  await Promise.all([ada[2], ada[3], ...others]);
  end('a5');
  expect(await last).toBe('a5');
  // The bound holds where one of two has ended and nothing waited.
  const again = ['a6', 'a7'].map((name) => run(work(name), 'ada'));
  end('a6');
  expect(await again[0]).toBe('a6');
  again.push(...['a8', 'a9'].map((name) => run(work(name), 'ada')));
  expect(begun.slice(-3)).toEqual(['a6', 'a7', 'a8']);
  for (const [place, name] of ['a6', 'a7', 'a8', 'a9'].entries()) {
    end(name);
    expect(await again[place]).toBe(name);
  }
});

describe('a queue goes on', () => {
  const begun: string[] = [];
  const { work, end } = createWork(begun);
  const stays = new AbortController();

  async function expectNextBegins(run: Turns, first: Promise<string>) {
    begun.length = 0;
    const next = run(work('next'), { owner: 'ada', signal: stays.signal });
    end('first');
    await first;
    expect(begun).toEqual(['next']);
    end('next');
    await next;
  }

  test('without a client that has gone', async () => {
    const run = createTurns(1, 3_600_000);
    const first = run(work('first'), { owner: 'ada', signal: stays.signal });
    const goes = new AbortController();
    const gone = [run(work('gone'), { owner: 'ada', signal: goes.signal })];
    goes.abort();
    gone.push(run(work('gone before it came'), { owner: 'ada', signal: goes.signal }));
    expect((await Promise.allSettled(gone)).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await expectNextBegins(run, first);
  });

  test('without work that waited too long, whose caller is told', async () => {
    const run = createTurns(1, 20);
    const first = run(work('first'), { owner: 'ada', signal: stays.signal });
    const late = run(work('late'), { owner: 'ada', signal: stays.signal });
    // Not by `rejects`, which would wait forever.
    const [outcome] = await Promise.allSettled([late]);
    expect(outcome).toMatchObject({
      status: 'rejected',
      reason: {
        problem: { code: 'overloaded', detail: expect.stringContaining('within 0.02 s') },
        headers: { 'retry-after': '1' },
      },
    });
    await expectNextBegins(run, first);
  });
});
