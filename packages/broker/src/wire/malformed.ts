/** The peer sent bytes that are no valid request. The connection is closed; nothing else is affected. */
export class MalformedRequest extends Error {
  override name = 'MalformedRequest';
}
