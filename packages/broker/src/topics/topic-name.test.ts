import { expect, test } from 'bun:test';
import { topicNameProblem } from './topic-name.ts';

test.each(['', '.', '..', 'a/b', 'a b', 'é', 'x'.repeat(250)])('"%s" is refused', (name) => {
  expect(topicNameProblem(name)).toBeString();
});

test.each(['tasks.high', '...', '_-9', 'x'.repeat(249)])('"%s" is a valid name', (name) => {
  expect(topicNameProblem(name)).toBeUndefined();
});
