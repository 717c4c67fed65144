import { join, sep } from 'node:path';
import { getMcpConfigForManifest, type McpbManifestAny, unpackExtension } from '@anthropic-ai/mcpb';
import { buildBundle } from '@millrace/mcp-bundle';
import { temporaryFolder } from '../temporary-folder.ts';
import { driveByLines } from './line-process.ts';

export interface BundleLaunch {
  readonly command: string;
  readonly args: string[];
  readonly env: Record<string, string>;
  /** Outside this repository, and empty. */
  readonly cwd: string;
}

/** The bundle, built and unpacked as by a desktop application. */
export interface BundleInstallation extends AsyncDisposable {
  readonly file: string;
  readonly folder: string;
  readonly manifest: McpbManifestAny;
  /** How the application starts it, by its own rules, for a user who entered this. */
  launch(entered: { url?: string; token?: string }): Promise<BundleLaunch>;
}

export async function installBundle(): Promise<BundleInstallation> {
  const temporary = await temporaryFolder();
  const { path: parent } = temporary;
  const file = join(parent, 'millrace.mcpb');
  const folder = join(parent, 'extension');
  await buildBundle(file);
  if (!(await unpackExtension({ mcpbPath: file, outputDir: folder, silent: true }))) {
    throw new Error('the bundle cannot be unpacked');
  }
  const manifest: McpbManifestAny = await Bun.file(join(folder, 'manifest.json')).json();
  return {
    file,
    folder,
    manifest,
    async launch(entered) {
      const config = await getMcpConfigForManifest({
        manifest,
        extensionPath: folder,
        systemDirs: {},
        // The application's dialogue starts with the defaults.
        userConfig: { url: 'http://127.0.0.1:3333/mcp', ...entered },
        pathSeparator: sep,
      });
      if (!config) throw new Error('a required setting was not entered');
      const { command, args = [], env = {} } = config;
      return { command: command === 'node' ? nodePath() : command, args, env, cwd: parent };
    },
    [Symbol.asyncDispose]: () => temporary[Symbol.asyncDispose](),
  };
}

let node: string | undefined;

/** Node itself: under `bun run` the name may stand for Bun. */
export function nodePath(): string {
  node ??= findNode();
  return node;
}

function findNode(): string {
  const path = Bun.which('node');
  if (!path)
    throw new Error('node is not on PATH: the bundle runs on the Node of desktop applications, 20 or later');
  const print = 'process.stdout.write(process.versions.bun ? "bun" : process.versions.node)';
  const version = Bun.spawnSync([path, '-e', print]).stdout.toString();
  if (Number.parseInt(version, 10) >= 20) return path;
  throw new Error(`${path} is ${version}: Node 20 or later is required`);
}

/** The bridge, driven line by line. */
export function startBridge({ command, args, env, cwd }: BundleLaunch) {
  return driveByLines(Bun.spawn([command, ...args], { cwd, env, stdio: ['pipe', 'pipe', 'pipe'] }));
}
