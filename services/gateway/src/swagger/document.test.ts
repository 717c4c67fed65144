import { describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { Validator } from '@seriousme/openapi-schema-validator';
import { app, fetchDocument, operations } from './document.testing.ts';

test('is valid OpenAPI 3.1', async () => {
  const document = await fetchDocument();
  expect(document.openapi).toStartWith('3.1.');
  const { valid, errors } = await new Validator().validate({ ...document });
  expect(errors).toBeUndefined();
  expect(valid).toBe(true);
});

test('describes every route that is not part of the page itself', async () => {
  const { paths } = await fetchDocument();
  const described = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  const served = app.routes
    .filter(({ path }) => !path.startsWith('/swagger'))
    .map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`);
  expect(described.sort()).toEqual(served.sort());
});

test('agrees with the README call by call', async () => {
  const readme = await Bun.file(join(import.meta.dir, '../../../../README.md')).text();
  const named = [...readme.matchAll(/`((?:GET|POST) \/[\w/:]*)`/g)].map(([, call]) => call!);
  const served = app.routes
    .filter(({ path }) => !path.startsWith('/swagger/') || path === '/swagger/json')
    .map(({ method, path }) => `${method} ${path}`);
  expect([...new Set(named)].sort()).toEqual(served.sort());
});

test('serves every parameter that an operation declares, and those of its path', async () => {
  const { paths } = await fetchDocument();
  let declaredInAll = 0;
  for (const { method, path, hooks } of app.routes) {
    const declared: object[] = JSON.parse(JSON.stringify(hooks.detail?.parameters ?? []));
    declaredInAll += declared.length;
    const inPath = [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({
      name: name!,
      in: 'path',
      required: true,
    }));
    const { parameters } = paths[path.replace(/:(\w+)/g, '{$1}')]?.[method.toLowerCase()] ?? {};
    const expected = [...inPath, ...declared].map((parameter) => expect.objectContaining(parameter));
    expect({ path, parameters: parameters ?? [] }).toEqual({ path, parameters: expected });
  }
  expect(declaredInAll).toBeGreaterThan(10);
});

test('every operation has a unique id and a description', async () => {
  const all = await operations();
  expect(new Set(all.map(({ operationId }) => operationId)).size).toBe(all.length);
  for (const { summary, description, tags } of all) {
    expect(summary.length).toBeGreaterThan(5);
    expect(description.length).toBeGreaterThan(5);
    expect(tags).toHaveLength(1);
  }
});

test('every operation states the scope its key needs and how it refuses; those for probes and Prometheus need none', async () => {
  const { paths, components } = await fetchDocument();
  expect(components.securitySchemes).toMatchObject({ apiKey: { type: 'http', scheme: 'bearer' } });
  for (const [path, methods] of Object.entries(paths)) {
    for (const [method, { security, responses }] of Object.entries(methods)) {
      if (path.startsWith('/health') || path === '/metrics') {
        expect(security).toEqual([]);
        continue;
      }
      expect([path, security]).toEqual([
        path,
        [{ apiKey: [method === 'get' ? 'tasks:read' : 'tasks:write'] }],
      ]);
      expect(responses['401']!.headers).toHaveProperty('WWW-Authenticate');
      expect(responses['403']!.headers).toHaveProperty('WWW-Authenticate');
      expect(responses['429']!.headers).toHaveProperty('Retry-After');
    }
  }
});

describe('client generators find', () => {
  const schema = async (name: string) => (await fetchDocument()).components.schemas[name]!;

  test('each schema once: where it is optional, a reference too', async () => {
    expect(await schema('TaskBatchOutcome')).toMatchObject({
      properties: {
        task: { $ref: '#/components/schemas/Task' },
        problem: { $ref: '#/components/schemas/Problem' },
      },
    });
    const [status] = (await fetchDocument()).paths['/tasks']!.get!.parameters!;
    expect(status).toMatchObject({ name: 'status', schema: { $ref: '#/components/schemas/TaskStatus' } });
  });

  test('records as maps, not as objects without keys', async () => {
    expect(JSON.stringify(await fetchDocument())).not.toContain('patternProperties');
    expect(await schema('TaskCreate')).toMatchObject({
      properties: {
        metadata: {
          propertyNames: { pattern: expect.stringContaining('64') },
          additionalProperties: { type: 'string', maxLength: 512 },
        },
      },
    });
    expect(await schema('Readiness')).toMatchObject({
      properties: {
        dependencies: { additionalProperties: { $ref: '#/components/schemas/DependencyHealth' } },
      },
    });
  });

  test('no defaults in bodies, which would make a field required', async () => {
    const { properties } = (await schema('TaskCreate')) as { properties: Record<string, object> };
    expect(properties.priority).toEqual({
      type: 'integer',
      minimum: 0,
      maximum: 9,
      description: '7–9 high, 4–6 normal, 0–3 low; 5 if left out',
    });
    expect(JSON.stringify((await fetchDocument()).components)).not.toMatch(/"default":(?!\{)/);
  });

  test('answers that may get further fields, and bodies that may not', async () => {
    const { components } = await fetchDocument();
    const bodies = (await operations()).flatMap(
      ({ requestBody }) => requestBody?.content['application/json']?.schema.$ref ?? [],
    );
    const closed = Object.entries(components.schemas)
      .filter(([, schema]) => JSON.stringify(schema).includes('"additionalProperties":false'))
      .map(([name]) => `#/components/schemas/${name}`);
    expect(closed.length).toBeGreaterThan(2);
    expect(closed.sort()).toEqual(bodies.sort());
  });

  test('codes and providers as strings, to which later versions may add', async () => {
    const [problem, model] = [await schema('Problem'), await schema('ModelInfo')];
    expect(problem).toMatchObject({
      properties: {
        code: { type: 'string', 'x-extensible-enum': expect.arrayContaining(['body_too_large']) },
      },
    });
    expect(model).toMatchObject({ properties: { provider: { type: 'string' } } });
    expect(JSON.stringify([problem, model])).not.toContain('"enum"');
  });

  test('every schema, those of event data too', async () => {
    const document = await fetchDocument();
    const references = JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g);
    const names = [...new Set([...references].map(([, name]) => name))];
    expect(names.sort()).toEqual(Object.keys(document.components.schemas).sort());
  });
});
