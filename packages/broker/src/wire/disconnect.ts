/** The connection is closed, because its request is invalid or cannot be answered. Nothing else is affected. */
export class Disconnect extends Error {
  override name = 'Disconnect';
}
