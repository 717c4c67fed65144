import { NODE_ID } from '../server/context.ts';
import { ErrorCode } from '../wire/error-codes.ts';
import { COORDINATOR_FOR_GROUP, findCoordinator } from '../wire/find-coordinator.ts';
import { answer } from './answer.ts';

export const handleFindCoordinator = answer(findCoordinator, ({ advertised }, { key, keyType }) => {
  const refuse = (error: ErrorCode, message: string) => ({ error, message, nodeId: -1, host: '', port: -1 });
  if (keyType !== COORDINATOR_FOR_GROUP) {
    return refuse(ErrorCode.INVALID_REQUEST, 'transactions are not supported by this broker');
  }
  if (key === '') return refuse(ErrorCode.INVALID_GROUP_ID, 'the group id is empty');
  return { error: ErrorCode.NONE, message: null, nodeId: NODE_ID, ...advertised };
});
