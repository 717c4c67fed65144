import { describe, expect, test } from 'bun:test';
import { shared } from './shared.ts';

const log: string[] = [];

class Resource implements AsyncDisposable {
  readonly #name: string;
  constructor(name: string) {
    this.#name = name;
    log.push(`${name} is made`);
  }
  name(): string {
    return this.#name;
  }
  async [Symbol.asyncDispose](): Promise<void> {
    log.push(`${this.#name} is gone`);
  }
}

const outer = shared(() => new Resource('outer'));

describe('resources of a block', () => {
  const first = shared(() => new Resource('first'));
  const second = shared(async () => new Resource(`second, after ${first.name()},`));
  expect(() => first.name()).toThrow('not before them');

  test('are there for its tests', () => {
    expect([first.name(), second.name()]).toEqual(['first', 'second, after first,']);
  });
});

test('they go with their block, the last made first; those of the file stay', () => {
  expect(log).toEqual([
    'outer is made',
    'first is made',
    'second, after first, is made',
    'second, after first, is gone',
    'first is gone',
  ]);
  expect(outer.name()).toBe('outer');
});
