import type { ModelList } from '@millrace/contracts';
import { modelInfos } from '@millrace/runtime';
import { Elysia } from 'elysia';
import type { GatewayContext } from '../context.ts';
import { refuseQuery } from '../http/query.ts';
import { listModelsOperation } from '../swagger/service-operations.ts';

export function listModels({ authorize, models }: GatewayContext) {
  const list: ModelList = { models: modelInfos(models) };
  return new Elysia().get(
    '/models',
    async ({ request }) => {
      await authorize(request, 'tasks:read');
      refuseQuery(request.url);
      return list;
    },
    { detail: listModelsOperation },
  );
}
