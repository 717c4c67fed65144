import { dirname, join } from 'node:path';
import { repositoryRoot } from '@millrace/devstack';

interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

/** By folder, relative to the repository's root. */
async function manifests(): Promise<Map<string, Manifest>> {
  const found = new Map<string, Manifest>();
  for (const pattern of [
    'package.json',
    '{bench,tests}/package.json',
    '{packages,services}/*/package.json',
  ]) {
    for await (const file of new Bun.Glob(pattern).scan({ cwd: repositoryRoot })) {
      found.set(dirname(file), (await Bun.file(join(repositoryRoot, file)).json()) as Manifest);
    }
  }
  return found;
}

/** The workspaces that one needs at run time: itself and its dependencies. */
export async function workspacesOf(folder: string): Promise<Set<string>> {
  const all = await manifests();
  const folderOf = new Map([...all].map(([path, { name }]) => [name, path]));
  const needed = new Set<string>();
  const add = (path: string) => {
    if (needed.has(path)) return;
    needed.add(path);
    for (const name of Object.keys(all.get(path)!.dependencies ?? {})) {
      const workspace = folderOf.get(name);
      if (workspace) add(workspace);
    }
  };
  add(folder);
  return needed;
}

/** The direct dependencies of these workspaces, by name. */
export async function ownDependencies(folders: ReadonlySet<string>): Promise<Set<string>> {
  const all = await manifests();
  return new Set([...folders].flatMap((folder) => Object.keys(all.get(folder)!.dependencies ?? {})));
}

/** Needed to build, check or test, but by no service at run time. */
export async function developmentOnly(): Promise<Set<string>> {
  const all = [...(await manifests())].filter(([folder]) => !['bench', 'tests', '.'].includes(folder));
  const running = new Set(all.flatMap(([, { dependencies = {} }]) => Object.keys(dependencies)));
  const development = [...(await manifests()).values()].flatMap(({ devDependencies = {} }) =>
    Object.keys(devDependencies),
  );
  return new Set(development.filter((name) => !running.has(name)));
}
