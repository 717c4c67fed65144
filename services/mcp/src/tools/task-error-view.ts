import { StrictObject, type TaskError } from '@millrace/contracts';
import { type Static, Type } from '@sinclair/typebox';
import { plainName } from '../content/clean-text.ts';
import { quoted } from '../content/report.ts';
import { Untrusted, untrusted } from '../content/untrusted.ts';

const MESSAGE_BYTES_MAX = 1_000;

/** Why an attempt failed. The message may be a provider's, or a model's own words. */
export const TaskErrorView = StrictObject({
  code: Type.String(),
  message: Untrusted,
  retryable: Type.Boolean(),
});
export type TaskErrorView = Static<typeof TaskErrorView>;

export function taskErrorView({ code, message, retryable }: TaskError): TaskErrorView {
  return {
    code: plainName(code),
    message: untrusted(message, { bytesMax: MESSAGE_BYTES_MAX }),
    retryable,
  };
}

export function describeTaskError({ code, message }: TaskErrorView): string {
  return quoted(`Error ${code}`, message);
}
