import { existsSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

export interface BrokenLink {
  readonly file: string;
  readonly line: number;
  readonly target: string;
  readonly reason: string;
}

const LINK = /\]\(<?([^)\s>]+)>?(?:\s+"[^"]*")?\)/g;
const EXTERNAL = /^[a-z][a-z0-9+.-]*:/i;

/** Broken relative links in Markdown files: no such file or heading. External links are not checked. */
export async function findBrokenLinks(root: string): Promise<BrokenLink[]> {
  const broken: BrokenLink[] = [];
  for await (const file of new Bun.Glob('**/*.md').scan(root)) {
    if (file.includes('node_modules/')) continue;
    const lines = withoutCode(await Bun.file(join(root, file)).text()).split('\n');
    for (const [index, text] of lines.entries()) {
      for (const [, target = ''] of text.matchAll(LINK)) {
        const reason = EXTERNAL.test(target) ? undefined : await problemWith(target, join(root, file), root);
        if (reason) broken.push({ file, line: index + 1, target, reason });
      }
    }
  }
  return broken;
}

async function problemWith(target: string, file: string, root: string): Promise<string | undefined> {
  const [path = '', anchor] = decodeURIComponent(target).split('#');
  const destination = path === '' ? file : resolve(dirname(file), path);
  if (relative(root, destination).startsWith('..')) return 'leads out of the repository';
  if (!existsSync(destination)) return 'no such file';
  if (!anchor || statSync(destination).isDirectory()) return undefined;
  return headingAnchors(await Bun.file(destination).text()).has(anchor) ? undefined : 'no such heading';
}

/** As GitHub makes them: lower case, punctuation dropped, spaces to hyphens, repeats numbered. */
export function headingAnchors(markdown: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading = ''] of withoutCode(markdown).matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm)) {
    const anchor = heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-');
    let unique = anchor;
    for (let repeat = 1; anchors.has(unique); repeat++) unique = `${anchor}-${repeat}`;
    anchors.add(unique);
  }
  return anchors;
}

/** Empties fenced blocks but keeps their lines, so that line numbers stay true. */
function withoutCode(markdown: string): string {
  return markdown.replace(/^(```|~~~)[\s\S]*?^\1/gm, (block) => block.replace(/[^\n]/g, ''));
}
