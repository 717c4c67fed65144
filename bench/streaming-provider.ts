/** An OpenAI-compatible server that streams at a steady pace and records when it wrote each first token. */
export interface StreamingProvider {
  readonly baseUrl: string;
  /** By the prompt of the request, as `performance.now()`. */
  readonly firstTokenAt: ReadonlyMap<string, number>;
  readonly underWay: () => number;
  stop(): Promise<void>;
}

export interface Pace {
  /** Before the first token, at random in this range. */
  readonly thinkMs: readonly [number, number];
  readonly tokens: number;
  readonly tokenMs: number;
}

const encoder = new TextEncoder();

export function startStreamingProvider({ thinkMs, tokens, tokenMs }: Pace): StreamingProvider {
  const firstTokenAt = new Map<string, number>();
  let underWay = 0;

  async function* speak(prompt: string): AsyncGenerator<Uint8Array> {
    underWay++;
    try {
      await Bun.sleep(thinkMs[0] + Math.random() * (thinkMs[1] - thinkMs[0]));
      const begun = performance.now();
      for (let token = 0; token < tokens; token++) {
        if (token === 0) firstTokenAt.set(prompt, performance.now());
        yield chunk({ delta: { content: `word${token} ` }, finish_reason: null });
        // Paced by the clock, so that late timers do not add up.
        await Bun.sleep(Math.max(0, begun + (token + 1) * tokenMs - performance.now()));
      }
      yield chunk({ delta: {}, finish_reason: 'stop' });
      yield encoder.encode('data: [DONE]\n\n');
    } finally {
      underWay--;
    }
  }

  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    idleTimeout: 60,
    async fetch(request) {
      const { messages } = (await request.json()) as { messages: { content: string }[] };
      const body = speak(messages.at(-1)!.content) as unknown as ReadableStream;
      return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
    },
  });
  return {
    baseUrl: `http://127.0.0.1:${server.port}/v1`,
    firstTokenAt,
    underWay: () => underWay,
    stop: () => server.stop(true),
  };
}

function chunk(choice: object): Uint8Array {
  const body = {
    id: 'bench',
    object: 'chat.completion.chunk',
    created: 0,
    model: 'bench',
    choices: [{ index: 0, ...choice }],
  };
  return encoder.encode(`data: ${JSON.stringify(body)}\n\n`);
}
