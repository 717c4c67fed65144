import { cleanLine } from '../content/clean-text.ts';

/** A finding of the SDK's schemas, which it puts into the message of an error as multi-line JSON. */
interface Issue {
  readonly code: string;
  readonly path: readonly (string | number)[];
  readonly message: string;
  readonly expected?: string;
  readonly values?: readonly unknown[] | undefined;
  /** For a union: what each of its members found. */
  readonly errors?: readonly (readonly Issue[])[];
}

const ISSUES = /^(?:Invalid tools\/call request: )?(\[\s*\{.*\}\s*\])$/s;
const FIELD_LENGTH_MAX = 100;

/** One sentence about a request that the SDK's schemas refuse: what is wrong, and what to do; undefined for any other failure. */
export function explainInvalid(method: string, failure: string): string | undefined {
  const [, json] = ISSUES.exec(failure) ?? [];
  if (json === undefined) return undefined;
  const [issue] = JSON.parse(json) as Issue[];
  return issue && describe(method, innermost(issue));
}

/** For a union: the finding of the member that comes closest, with the values that the others accept. */
function innermost(issue: Issue): Issue {
  const members = [...(issue.errors ?? [])].sort((a, b) => a.length - b.length);
  const [inner, ...others] = members.flatMap(([first]) => first ?? []);
  if (!inner) return issue;
  const values = inner.values && [inner, ...others].flatMap((finding) => finding.values ?? []);
  return { ...inner, path: [...issue.path, ...inner.path], values };
}

function describe(method: string, { path, message, expected, values }: Issue): string {
  const [, ...inner] = path;
  // Argument names come from the client, and may be anything.
  const field = cleanLine((inner.length > 0 ? inner : ['params']).join('.')).slice(0, FIELD_LENGTH_MAX);
  const received = /received (\w+)$/.exec(message)?.[1];
  const wanted = values
    ? values.map((value) => JSON.stringify(value)).join(' or ')
    : expected && typed(expected);
  if (wanted === undefined)
    return `${method} has a ${field} that is not valid: correct it and send it again.`;
  if (received === 'undefined') return `${method} needs ${field}, ${wanted}: add it and send it again.`;
  const instead = received === undefined ? '' : `, not ${received === 'null' ? 'null' : typed(received)}`;
  return `${method} takes ${wanted} as ${field}${instead}: correct it and send it again.`;
}

function typed(name: string): string {
  const type = name === 'record' ? 'object' : name;
  return `${/^[aeiou]/.test(type) ? 'an' : 'a'} ${type}`;
}
