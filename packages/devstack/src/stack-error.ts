/** Something the user can put right: printed as a message, never with a stack trace. */
export class StackError extends Error {
  override name = 'StackError';

  constructor(message: string, remedy?: string, options?: ErrorOptions) {
    super(remedy ? `${message}\n  ${remedy}` : message, options);
  }
}
