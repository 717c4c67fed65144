import type { ModelList } from '@millrace/contracts';
import { Elysia } from 'elysia';
import type { GatewayContext } from '../context.ts';
import { readQuery } from '../http/query.ts';
import { listModelsOperation } from '../swagger/service-operations.ts';
import { noQuery } from './task-path.ts';

export function listModels({ authorize, models }: GatewayContext) {
  const list: ModelList = {
    models: models.map(({ id, provider, concurrency, requestsPerMinute, price }, i) => ({
      id,
      provider,
      default: i === 0,
      concurrency,
      requests_per_minute: requestsPerMinute,
      price_usd_per_million_tokens: price && {
        input: price.input,
        cached_input: price.cachedInput,
        output: price.output,
      },
    })),
  };
  return new Elysia().get(
    '/models',
    async ({ request }) => {
      await authorize(request, 'tasks:read');
      readQuery(request.url, noQuery);
      return list;
    },
    { detail: listModelsOperation },
  );
}
