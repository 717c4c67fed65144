import { expect, test } from 'bun:test';
import { OutputDelta, StatusChange, Task, TaskSnapshot } from '@millrace/contracts';
import { Value } from '@sinclair/typebox/value';
import { parsePosition } from '../events/position.ts';
import { markOf } from '../events/text-mark.ts';
import { exampleEvents } from './event-example.ts';

test('the example matches what the API sends', () => {
  const schemas = { snapshot: TaskSnapshot, status: StatusChange, delta: OutputDelta, end: Task };
  for (const { id, event } of exampleEvents) {
    const schema = schemas[event.type as keyof typeof schemas];
    expect({ id, errors: [...Value.Errors(schema, event.data)] }).toEqual({ id, errors: [] });
    const position = parsePosition(id)!;
    const text = event.type === 'delta' ? event.data.text : '';
    expect({ id, mark: position.mark }).toEqual({ id, mark: markOf(text) });
  }
});
