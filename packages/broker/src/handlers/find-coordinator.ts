import { type Handler, NODE_ID } from '../server/context.ts';
import { ErrorCode } from '../wire/error-codes.ts';
import {
  COORDINATOR_FOR_GROUP,
  decodeFindCoordinatorRequest,
  encodeFindCoordinatorResponse,
} from '../wire/find-coordinator.ts';

export const handleFindCoordinator: Handler = (broker, reader, version) => {
  const { key, keyType } = decodeFindCoordinatorRequest(reader, version);
  const problem = problemWith(key, keyType);
  return (writer) =>
    encodeFindCoordinatorResponse(
      writer,
      version,
      problem === undefined
        ? { error: ErrorCode.NONE, message: null, nodeId: NODE_ID, ...broker.advertised }
        : { ...problem, nodeId: -1, host: '', port: -1 },
    );
};

function problemWith(key: string, keyType: number) {
  if (keyType !== COORDINATOR_FOR_GROUP) {
    return { error: ErrorCode.INVALID_REQUEST, message: 'transactions are not supported by this broker' };
  }
  return key === '' ? { error: ErrorCode.INVALID_GROUP_ID, message: 'the group id is empty' } : undefined;
}
