/** The peer sent an invalid request. The connection is closed; nothing else is affected. */
export class MalformedRequest extends Error {
  override name = 'MalformedRequest';
}
