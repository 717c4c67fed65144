import {
  type JSONRPCRequest,
  ProtocolError,
  ProtocolErrorCode,
  type Result,
  Server,
  type ServerContext,
} from '@modelcontextprotocol/server';
import { explainInvalid } from './explain-invalid.ts';

export type Handler = (request: JSONRPCRequest, context: ServerContext) => Promise<Result>;

/** Says in a sentence what is wrong with a request, where the SDK calls it an internal error and tells what its schemas do. */
export class ExplainingServer extends Server {
  protected override _wrapHandler(method: string, handler: Handler): Handler {
    const wrapped = super._wrapHandler(method, handler);
    return async (request, context) => {
      try {
        return await wrapped(request, context);
      } catch (error) {
        const explained = error instanceof Error && explainInvalid(method, error.message);
        throw explained ? new ProtocolError(ProtocolErrorCode.InvalidParams, explained) : error;
      }
    };
  }
}
