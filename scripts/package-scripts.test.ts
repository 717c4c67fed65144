import { expect, test } from 'bun:test';
import rootPackage from '../package.json';

test.each(Object.entries(rootPackage.scripts).filter(([name]) => name !== 'format'))(
  '`bun run %s` installs what it needs, with the patches, before it runs',
  (_, command) => {
    expect(command).toMatch(/^bun install --frozen-lockfile [^&]*&& bun /);
  },
);
