import { expect, test } from 'bun:test';
import { UNRESTRICTED } from '@millrace/db';
import type { ResourceWatch } from './resource-watch.ts';
import { UriSubscriptions } from './uri-subscriptions.ts';

function fixture() {
  const watching = new Map<string, () => void>();
  const changed: string[] = [];
  const watch: Pick<ResourceWatch, 'watch'> = {
    watch(uri, _caller, onChange) {
      watching.set(uri, onChange);
      return { begun: Promise.resolve(), stop: () => void watching.delete(uri) };
    },
  };
  const subscriptions = new UriSubscriptions(watch as ResourceWatch, UNRESTRICTED, (uri) =>
    changed.push(uri),
  );
  return { watching, changed, subscriptions };
}

test('a resource named by two subscriptions is watched once, until both are over', () => {
  const { watching, changed, subscriptions } = fixture();
  expect(subscriptions.add(1, ['a', 'b', 'a']).watched).toEqual(['a', 'b']);
  subscriptions.add(2, ['a']);
  watching.get('a')!();
  expect(changed).toEqual(['a']);
  subscriptions.remove(1);
  subscriptions.remove(1);
  expect([...watching.keys()]).toEqual(['a']);
  subscriptions.remove(2);
  expect(watching.size).toBe(0);
});

test('a subscription under the same key replaces the previous one, and all end together', () => {
  const { watching, subscriptions } = fixture();
  subscriptions.add('s', ['a']);
  subscriptions.add('s', ['b']);
  subscriptions.add('t', ['c']);
  expect([...watching.keys()]).toEqual(['b', 'c']);
  subscriptions.clear();
  expect(watching.size).toBe(0);
});

test('a resource that is subscribed to again stays watched: a change not noticed yet is not taken for its first state', () => {
  const { watching, subscriptions } = fixture();
  subscriptions.add('s', ['a', 'b']);
  const first = watching.get('a');
  subscriptions.add('s', ['a']);
  expect([...watching]).toEqual([['a', first!]]);
  subscriptions.remove('s');
  expect(watching.size).toBe(0);
});
