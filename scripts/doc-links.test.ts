import { expect, test } from 'bun:test';
import { join } from 'node:path';
import { temporaryFolder } from '../tests/temporary-folder.ts';
import { findBrokenLinks, headingAnchors } from './doc-links.ts';

test('finds links to missing files and headings, and nothing else', async () => {
  await using folder = await temporaryFolder();
  const root = folder.path;
  await Bun.write(join(root, 'docs/b.md'), '# Über uns: a & b\n');
  await Bun.write(
    join(root, 'a.md'),
    [
      '# A',
      '[ok](docs/b.md) [ok](#a) [ok](docs/b.md#über-uns-a--b) [ok](https://example.com/x) [ok](docs)',
      '```\n[code](nowhere.md)\n```',
      '[file](docs/c.md) [heading](docs/b.md#other) [out](../x.md)',
    ].join('\n'),
  );
  const broken = await findBrokenLinks(root);
  expect(broken.map(({ line, target, reason }) => [line, target, reason])).toEqual([
    [6, 'docs/c.md', 'no such file'],
    [6, 'docs/b.md#other', 'no such heading'],
    [6, '../x.md', 'leads out of the repository'],
  ]);
});

test('repeated headings are numbered', () => {
  expect([...headingAnchors('# Use\n## Use\n## Use it')]).toEqual(['use', 'use-1', 'use-it']);
});
