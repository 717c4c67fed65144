const LENGTH_MAX = 249;

/** Why a topic name is refused, or undefined. A valid name is safe as a folder name. */
export function topicNameProblem(name: string): string | undefined {
  if (name === '' || name === '.' || name === '..') return `topic name "${name}" is not allowed`;
  if (name.length > LENGTH_MAX) return `topic name is longer than ${LENGTH_MAX} characters`;
  if (!/^[A-Za-z0-9._-]+$/.test(name)) {
    return 'topic name may contain only letters, digits, ".", "_" and "-"';
  }
  return undefined;
}
