import { expect, test } from 'bun:test';
import { UNRESTRICTED } from '@millrace/db';
import { createLogger } from '@millrace/runtime';
import { createBodyRoom } from '../http/body-room.ts';
import { LiveStream } from './live-stream.ts';
import { ORIGIN } from './position.ts';
import { TurnTexts } from './turn-texts.ts';

test('sent data counts against the room until it is taken, while the stream goes on', async () => {
  const enterRoom = createBodyRoom('events', 200_000);
  const isFree = () => expect(() => enterRoom(null).growTo(120_000));
  const stream = new LiveStream(
    { caller: UNRESTRICTED, isStillAllowed: () => true },
    'task',
    {
      readTimeline: async () => null,
      texts: new TurnTexts(),
      enterRoom,
      logger: createLogger('live-stream-test', 'error', 'stderr'),
    },
    () => undefined,
  );
  stream.begin({ frames: 'x'.repeat(100_000), position: ORIGIN }, false);
  const reader = stream.body.getReader();
  expect((await reader.read()).value).toEndWith('x');
  isFree().toThrow(/^1000.. bytes of large events are in progress here/);
  void reader.read();
  isFree().not.toThrow();
});
