import type { Server } from 'node:http';
import { FAILING, REFUSED, UNFINISHED } from './replies.ts';

const ERROR_EVENT = `data: ${JSON.stringify({ error: { message: 'Upstream went away.', code: 502 } })}\n\n`;

/**
 * Rewrites answers into forms that aimock lacks: a refusal, which is sent like content but under another
 * key; and streams whose last chunks are withheld, with or without an error in their place.
 */
export function dressReplies(server: Server): void {
  server.prependListener('request', (_request, response) => {
    const write = response.write.bind(response) as (chunk: unknown) => boolean;
    let isOver = false;
    response.write = (chunk: unknown) => {
      if (isOver || typeof chunk !== 'string') return isOver || write(chunk);
      const isLast = !chunk.includes('"finish_reason":null');
      isOver = isLast && (chunk.includes(UNFINISHED) || chunk.includes(FAILING));
      if (isOver) return chunk.includes(FAILING) ? write(ERROR_EVENT) : true;
      return write(
        chunk.includes(REFUSED) ? chunk.replace('"delta":{"content":', '"delta":{"refusal":') : chunk,
      );
    };
  });
}
