import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TOPICS } from '@millrace/stream';
import { attempt, run } from './command.ts';
import { composeUnavailable } from './engine.ts';
import { composeFile } from './project.ts';

interface ComposeService {
  readonly image?: string;
  readonly build?: { readonly target: string };
  readonly privileged?: boolean;
  readonly pull_policy?: string;
  readonly ports?: readonly { host_ip?: string; published: string }[];
  readonly environment?: Readonly<Record<string, string | null>>;
  readonly restart?: string;
  readonly logging?: { readonly options?: Readonly<Record<string, string>> };
  readonly security_opt?: readonly string[];
  readonly cap_drop?: readonly string[];
  readonly deploy?: { readonly resources?: { readonly limits?: Readonly<Record<string, unknown>> } };
  readonly read_only?: boolean;
  readonly healthcheck?: unknown;
}

const OURS = ['gateway', 'executor', 'mcp', 'migrate', 'keys'];
const RUN_ONCE = ['migrate', 'keys', 'topics'];

const text = await Bun.file(composeFile('docker-compose.yml')).text();
const devText = await Bun.file(composeFile('compose.dev.yml')).text();
const example = await Bun.file(composeFile('.env.example')).text();
const secrets = [...new Set([...text.matchAll(/\$\{(\w+):\?/g)].map(([, name]) => name!))];

test('topics.conf has the partitions that the services rely on', async () => {
  const lines = (await Bun.file(composeFile('infra/redpanda/topics.conf')).text()).split('\n');
  const topics = lines
    .filter((line) => line && !line.startsWith('#'))
    .map((line) => {
      const [name = '', partitions, ...settings] = line.split(/\s+/);
      expect(settings.join(' ')).toContain('retention.ms=');
      return { name, partitions: Number(partitions) };
    });
  expect(topics).toEqual([...TOPICS]);
});

test('Postgres logs slow statements, as docs/operations.md says, without any prompt', () => {
  const { services } = Bun.YAML.parse(text) as { services: { postgres: { command: string } } };
  expect(services.postgres.command).toContain(
    '-c log_min_duration_statement=1s -c log_parameter_max_length=0',
  );
});

test('every variable that the compose files take is in .env.example, which sets only theirs', () => {
  const handedOn = Object.values(
    (Bun.YAML.parse(text) as { services: Record<string, ComposeService> }).services,
  )
    .flatMap(({ environment = {} }) => Object.entries(environment))
    .filter(([, value]) => value === null)
    .map(([name]) => name);
  const interpolated = [...`${text}${devText}`.matchAll(/\$\{(\w+)/g)].map(([, name]) => name!);
  const known = [...example.matchAll(/\b[A-Z_]{4,}\b/g)].map(([name]) => name);
  // Except compose's own and OpenTelemetry's variables.
  const needed = [...handedOn, ...interpolated].filter(
    (name) => !/^(COMPOSE_PROJECT_NAME|OTEL_\w+)$/.test(name),
  );
  expect(needed.filter((name) => !known.includes(name))).toEqual([]);
  expect([...example.matchAll(/^([A-Z_]+)=/gm)].map(([, name]) => name!).sort()).toEqual(secrets.sort());
  // Those they do not take are listed there too, above the section for compose alone.
  const offered = [...example.matchAll(/^#?([A-Z_]+)=/gm)].map(([, name]) => name!);
  const [, told = ''] = /^# The rest is for `docker compose`([\s\S]*?)^# Passwords/m.exec(example) ?? [];
  const untaken = [...told.matchAll(/\b[A-Z_]{4,}\b/g)].map(([name]) => name);
  const taken = [...text.matchAll(/\$\{(\w+)/g)].map(([, name]) => name!).concat(handedOn);
  expect(untaken.sort()).toEqual(offered.filter((name) => !taken.includes(name)).sort());
});

const reason = await composeUnavailable();
if (reason) console.warn(`skipped: docker compose config, ${reason}`);

describe.skipIf(reason !== undefined)('docker compose config', () => {
  let folder: string;
  let services: Record<string, ComposeService>;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'millrace-compose-'));
    services = JSON.parse(await run(config(composeFile('.env.example')))).services;
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test.each(['compose.dev.yml', 'tests/compose/apache-kafka.yml', 'tests/compose/embedded-broker.yml'])(
    'accepts the override %s',
    async (file) => {
      await run(config(composeFile('.env.example'), [file]));
    },
  );

  test.each(secrets)('says so if %s is missing', async (name) => {
    const file = join(folder, `without-${name}`);
    await Bun.write(file, example.replace(new RegExp(`^${name}=.*$`, 'm'), ''));
    const { exitCode, stderr } = await attempt(config(file));
    expect(exitCode).not.toBe(0);
    expect(stderr).toContain(name);
    expect(stderr).toContain('set it in .env');
  });

  test('publishes on loopback only', () => {
    const published = Object.values(services).flatMap(({ ports = [] }) => ports);
    expect(published.length).toBeGreaterThan(3);
    expect(published.filter(({ host_ip }) => host_ip !== '127.0.0.1')).toEqual([]);
  });

  test('contains no secret', () => {
    const [one] = Object.entries(services).flatMap(([, { environment = {} }]) =>
      Object.entries(environment).filter(
        ([name, value]) =>
          /PASSWORD|SECRET|TOKEN|API_KEY|:\/\/.*:.*@/.test(`${name} ${value}`) &&
          value !== null &&
          !value.includes('replace-me-'),
      ),
    );
    expect(one).toBeUndefined();
    for (const name of secrets) expect(text).not.toMatch(new RegExp(`\\$\\{${name}:?-`));
  });

  test('every image is pinned to one version', () => {
    for (const { image, build, pull_policy } of Object.values(services)) {
      expect(pull_policy).not.toBe('always');
      if (build || pull_policy === 'never') continue;
      expect(image).toMatch(/^[\w./-]+:v?\d+(\.\d+)*$/);
    }
  });

  test.each(Object.keys((Bun.YAML.parse(text) as { services: object }).services))('restricts %s', (name) => {
    const service = services[name]!;
    expect(service.privileged).not.toBe(true);
    expect(service.cap_drop).toEqual(['ALL']);
    expect(service.security_opt).toEqual(['no-new-privileges:true']);
    expect(service.logging?.options).toMatchObject({ 'max-size': '10m', 'max-file': '3' });
    expect(service.restart).toBe(RUN_ONCE.includes(name) ? 'no' : 'unless-stopped');
    if (OURS.includes(name)) expect(service.read_only).toBe(true);
    expect(service.deploy?.resources?.limits).toMatchObject({
      memory: expect.anything(),
      pids: expect.anything(),
    });
  });
});

function config(envFile: string, files: readonly string[] = []): string[] {
  const over = ['docker-compose.yml', ...files].map((file) => `--file=${composeFile(file)}`);
  return ['docker', 'compose', `--env-file=${envFile}`, ...over, '--profile=*', 'config', '--format=json'];
}
