import { excerpt } from '@millrace/contracts';
import { ProblemError } from './problem.ts';

interface Route {
  readonly method: string;
  readonly path: string;
}

/** @param allow the path's methods; none if there is no such path */
export function unmatched(method: string, path: string, allow: readonly string[]): ProblemError {
  if (allow.length === 0) {
    return new ProblemError('not_found', `There is nothing at ${excerpt(path)}; /swagger lists the API.`);
  }
  const list = allow.join(', ');
  return new ProblemError('method_not_allowed', `${excerpt(path)} takes ${list}, not ${excerpt(method)}.`, {
    headers: { allow: list },
  });
}

/** The methods that a path takes; none if there is no such path. `/tasks/batch` is not the task called batch. */
export function methodsOf(routes: readonly Route[], path: string): string[] {
  const matching = routes.filter((route) => matches(route.path, path));
  const literal = matching.filter((route) => !route.path.includes(':'));
  const methods = new Set((literal.length > 0 ? literal : matching).map(({ method }) => method));
  if (methods.size === 0) return [];
  if (methods.has('GET')) methods.add('HEAD');
  return [...methods.add('OPTIONS')].sort();
}

function matches(pattern: string, path: string): boolean {
  const expected = segmentsOf(pattern);
  const actual = segmentsOf(path);
  return (
    expected.length === actual.length &&
    expected.every((segment, i) => segment === actual[i] || (segment.startsWith(':') && actual[i] !== ''))
  );
}

function segmentsOf(path: string): string[] {
  return path.replace(/(?<=.)\/$/, '').split('/');
}
