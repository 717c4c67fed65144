import { describe, expect, test } from 'bun:test';
import type { ChatCompletionChunk } from 'openai/resources';
import { ModelError } from '../models/model.ts';
import { askModel } from './ask-model.ts';
import { claimedTask } from './steps.testing.ts';
import { turnRequest } from './turn-request.ts';

const request = turnRequest(claimedTask(), [], [], { providerModel: 'm', outputLimitField: 'max_tokens' });
const passing = (retryAfterMs: number | null = null) =>
  new ModelError('provider_error', 'try later', { retryable: true, retryAfterMs });

function piece(content: string | null, finish_reason: string | null = null): ChatCompletionChunk {
  const choices = [{ index: 0, delta: { content }, finish_reason: finish_reason as 'stop' | null }];
  return { id: 'x', object: 'chat.completion.chunk', created: 0, model: 'm', choices };
}

/** Each entry is one try: its pieces, and how it fails. */
function ask(...tries: (ChatCompletionChunk | ModelError)[][]) {
  const shown: string[] = [];
  let asked = 0;
  const turn = askModel(
    {
      identity: { host: 'models.example', apiKey: undefined },
      async *stream() {
        for (const next of tries[Math.min(asked++, tries.length - 1)]!) {
          if (next instanceof ModelError) throw next;
          yield next;
        }
      },
    },
    request,
    {
      signal: new AbortController().signal,
      progress: { delta: (text) => shown.push(text), record: () => Promise.reject(new Error('not here')) },
      withinLimits: (call) => call(),
      observeCall: (_called, call) => call(),
    },
  );
  return { turn, shown, asked: () => asked };
}

describe('a turn', () => {
  test('is retried while the failure may be temporary', async () => {
    const { turn, asked } = ask([passing()], [passing()], [piece('done'), piece(null, 'stop')]);
    expect(await turn).toMatchObject({ text: 'done', finishReason: 'stop' });
    expect(asked()).toBe(3);
  });

  test('fails with the last error after three tries', async () => {
    const { turn, asked } = ask([passing()]);
    await expect(turn).rejects.toMatchObject({ code: 'provider_error', retryable: true });
    expect(asked()).toBe(3);
  });

  test('is not retried for a permanent failure, nor if the provider asks for a long pause', async () => {
    for (const error of [new ModelError('provider_rejected', 'no'), passing(60_000)]) {
      const { turn, asked } = ask([error]);
      await expect(turn).rejects.toBe(error);
      expect(asked()).toBe(1);
    }
  });

  test('is not retried once text was shown', async () => {
    const { turn, shown, asked } = ask([piece('Hel'), passing()]);
    await expect(turn).rejects.toMatchObject({ code: 'provider_error' });
    expect(shown).toEqual(['Hel']);
    expect(asked()).toBe(1);
  });

  test('that ends without a finish reason was cut', async () => {
    await expect(ask([piece('Hel')]).turn).rejects.toMatchObject({ code: 'stream_cut', retryable: true });
  });

  test.each(['error', 'abort'])('that ends with %p is retried', async (reason) => {
    const { turn, asked } = ask([piece(null, reason)], [piece('done'), piece(null, 'stop')]);
    expect(await turn).toMatchObject({ text: 'done' });
    expect(asked()).toBe(2);
  });

  test('whose connection breaks between its end and its token counts is complete', async () => {
    expect(await ask([piece('done'), piece(null, 'stop'), passing()]).turn).toMatchObject({
      text: 'done',
      usage: null,
    });
  });
});
