import { attempt } from './command.ts';

/** The base images, and Postgres: each exists locally, can be pulled, or has a stand-in of the same name. */
const BASE_IMAGES = ['oven/bun:1.4.5-slim', 'postgres:18'];
const PULL_TIMEOUT_MS = 180_000;

/** Why compose files cannot be checked here, or `undefined` if they can; that needs no engine. */
export async function composeUnavailable(): Promise<string | undefined> {
  if (!Bun.which('docker')) return 'docker is not on PATH';
  const { exitCode, stdout } = await attempt(['docker', 'compose', 'version', '--short']);
  if (exitCode !== 0) return 'docker compose is not installed';
  const [major = 0, minor = 0] = stdout.replace(/^v/, '').split('.').map(Number);
  // The first version with !reset and !override.
  return major > 2 || (major === 2 && minor >= 24) ? undefined : `compose ${stdout} is older than 2.24`;
}

/** Why no container can run here, or `undefined` if one can. */
export async function engineUnavailable(): Promise<string | undefined> {
  const reason = await composeUnavailable();
  if (reason) return reason;
  const { exitCode } = await attempt(['docker', 'version', '--format', '{{.Server.Version}}']);
  if (exitCode !== 0) return 'no Docker engine answers';
  for (const image of BASE_IMAGES) {
    if (!(await haveImage(image))) return `the image ${image} is not available and cannot be pulled`;
  }
  return undefined;
}

/** Whether the image is available, pulling it if necessary. */
export async function haveImage(image: string): Promise<boolean> {
  if ((await attempt(['docker', 'image', 'inspect', image])).exitCode === 0) return true;
  const pull = await attempt(['docker', 'pull', '--quiet', image], { timeoutMs: PULL_TIMEOUT_MS });
  return pull.exitCode === 0;
}
