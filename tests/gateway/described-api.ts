import type { Problem } from '@millrace/contracts';
import Ajv from 'ajv/dist/2020';

interface DescribedAnswer {
  readonly headers?: Record<string, { readonly required?: boolean }>;
  readonly content?: Record<string, { examples?: Record<string, object> }>;
}
/** An OpenAPI document. */
export interface Description {
  readonly paths: Record<string, Record<string, { responses: Record<string, DescribedAnswer> }>>;
}

/** How answers differ from their description in /swagger/json, by a validator independent of ours. */
export class DescribedApi {
  readonly #paths: Description['paths'];
  readonly #ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
  /** Such as `GET /tasks/{id} 404 task_not_found`. */
  readonly seen = new Set<string>();

  constructor(description: Description) {
    this.#paths = description.paths;
    this.#ajv.addSchema(closed(description), 'api');
  }

  /** Every described answer, in the form of `seen`. */
  described(): string[] {
    return Object.entries(this.#paths).flatMap(([path, operations]) =>
      Object.entries(operations).flatMap(([method, { responses }]) =>
        Object.entries(responses).flatMap(([status, { content }]) => {
          const codes = Object.keys(content?.['application/problem+json']?.examples ?? { '': {} });
          return codes.map((code) => nameOf(method, path, status, code));
        }),
      ),
    );
  }

  /**
   * @param path the template
   * @param usual headers that every answer has
   * @param body of the answer, if it is JSON
   */
  differences(method: string, path: string, answer: Response, usual: Headers, body: unknown): string[] {
    const { status, headers } = answer;
    const type = typeOf(answer);
    const code = type === 'application/problem+json' ? (body as Problem).code : '';
    this.seen.add(nameOf(method, path, status, code));

    const described = this.#paths[path]?.[method.toLowerCase()]?.responses[status];
    if (!described) return [`${status} ${code} is not described`];
    const media = described.content?.[type];
    if (type !== '' && !media) return [`${type} is not described`];
    const unknown = [...headers.keys()].filter((name) => !usual.has(name) && !isDescribed(name, described));
    const different = unknown.map((name) => `the header ${name} is not described`);
    for (const [name, { required }] of Object.entries(described.headers ?? {})) {
      if (required && !headers.has(name)) different.push(`the header ${name} is missing`);
    }
    if (code !== '' && !media?.examples?.[code]) different.push(`the code ${code} is not described`);
    if (body === undefined) return different;
    const place = ['paths', path, method.toLowerCase(), 'responses', status, 'content', type, 'schema'];
    const valid = this.#ajv.validate({ $ref: `api#/${place.map(escaped).join('/')}` }, body);
    return valid ? different : [...different, this.#ajv.errorsText()];
  }
}

/** The description allows for fields and values that later versions add to answers; this version must describe all it sends. */
function closed(description: Description): object {
  return JSON.parse(JSON.stringify(description), (_, part) =>
    part?.properties
      ? { additionalProperties: false, ...part }
      : part?.['x-extensible-enum']
        ? { enum: part['x-extensible-enum'], ...part }
        : part,
  );
}

/** Without its parameters; empty if there is no body. */
export function typeOf({ headers }: Response): string {
  return headers.get('content-type')?.split(';')[0] ?? '';
}

function nameOf(method: string, path: string, status: number | string, code: string): string {
  return `${method.toUpperCase()} ${path} ${status} ${code}`.trimEnd();
}

/** Headers for proxies, about closing and buffering, and those of traces: not for clients. */
const FOR_NO_CLIENT = new Set(['connection', 'traceparent', 'x-accel-buffering']);

function isDescribed(name: string, { headers = {} }: DescribedAnswer): boolean {
  return FOR_NO_CLIENT.has(name) || Object.keys(headers).some((header) => header.toLowerCase() === name);
}

function escaped(part: string | number): string {
  return encodeURIComponent(String(part).replaceAll('~', '~0').replaceAll('/', '~1'));
}
