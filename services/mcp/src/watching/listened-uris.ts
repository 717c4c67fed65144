/** Which resources a `subscriptions/listen` names; undefined for any other message. */
export function listenedUris(message: unknown): string[] | undefined {
  const { method, params } = Object(message) as { method?: unknown; params?: unknown };
  if (method !== 'subscriptions/listen') return undefined;
  const { resourceSubscriptions } = Object(Object(params).notifications);
  if (!Array.isArray(resourceSubscriptions)) return [];
  return resourceSubscriptions.filter((uri) => typeof uri === 'string');
}
