/** A request, invalid or not, that can only be answered by closing its connection. Nothing else is affected. */
export class Disconnect extends Error {
  override name = 'Disconnect';
}
