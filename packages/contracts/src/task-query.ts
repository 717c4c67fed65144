import { Type } from '@sinclair/typebox';
import { StrictObject } from './strict-object.ts';

/** No request is held longer than this: proxies and clients give up at about a minute. */
export const TASK_WAIT_SECONDS_MAX = 60;

export const TaskQuery = StrictObject({
  wait: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: TASK_WAIT_SECONDS_MAX,
      description: 'Seconds to wait for the task to end',
    }),
  ),
});
