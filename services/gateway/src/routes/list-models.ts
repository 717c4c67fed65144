import type { ModelList } from '@millrace/contracts';
import { Elysia } from 'elysia';
import type { GatewayContext } from '../context.ts';
import { listModelsOperation } from '../swagger/service-operations.ts';

export function listModels({ models }: GatewayContext) {
  const list: ModelList = {
    models: models.map(({ id, provider }, i) => ({ id, provider, default: i === 0 })),
  };
  return new Elysia().get('/models', () => list, { detail: listModelsOperation });
}
