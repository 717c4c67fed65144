import { type ChatScript, type ChatServer, startChatServer } from './chat-server.ts';

/** A server whose answers wait until they are released. */
export async function startHoldingServer() {
  const held: (() => void)[] = [];
  let isOpen = false;
  const script: ChatScript = async (_request, answer) => {
    if (!isOpen) await Promise.race([new Promise<void>((resolve) => held.push(resolve)), answer.gone]);
    answer.text('done');
    answer.finish('stop');
  };
  const server: ChatServer = await startChatServer(script);
  return {
    server,
    letGo() {
      isOpen = true;
      for (const resolve of held.splice(0)) resolve();
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
