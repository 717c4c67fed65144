import { expect, test } from 'bun:test';
import { CLIENT_NAMES, sectionsFor } from './sections.ts';

const launch = { command: '/opt/bun', args: ['--stdio'], env: { DATABASE_URL: 'postgres://u:p@h/db' } };
const open = { url: 'http://127.0.0.1:3333/mcp', needsKey: false };
const all = { clients: CLIENT_NAMES, readOnly: false, stdio: launch, http: open };
const titles = (wanted: Parameters<typeof sectionsFor>[0]) => sectionsFor(wanted).map(({ title }) => title);

test('each client over stdio and HTTP; Claude Desktop reaches HTTP through its extension', () => {
  expect(titles(all)).toEqual([
    'Claude Desktop, stdio',
    'Claude Desktop, HTTP',
    'Claude Code, stdio',
    'Claude Code, stdio, .mcp.json',
    'Claude Code, HTTP',
    'Claude Code, HTTP, .mcp.json',
    'Cursor, stdio',
    'Cursor, HTTP',
    'VS Code, stdio',
    'VS Code, HTTP',
  ]);
  expect(titles({ ...all, clients: ['cursor'], stdio: undefined })).toEqual(['Cursor, HTTP']);
});

test('the password appears only where a server is started', () => {
  const sections = sectionsFor({ ...all, http: { ...open, needsKey: true } });
  const started = sections.filter((section) => JSON.stringify(section).includes(launch.env.DATABASE_URL));
  expect(started.map(({ title }) => title)).toEqual(titles({ ...all, http: undefined }));
});

test('each client names the key in its own way, and asks for none where none is needed', () => {
  const code = (needsKey: boolean) =>
    sectionsFor({ ...all, stdio: undefined, http: { ...open, needsKey } }).map(
      (section) => section.code?.text,
    );
  const references = [
    undefined,
    /"Authorization: Bearer \$MILLRACE_API_KEY"/,
    /"Bearer \$\{MILLRACE_API_KEY\}"/,
    /"Bearer \$\{env:MILLRACE_API_KEY\}"/,
    /"Bearer \$\{input:millrace-key\}"/,
  ];
  for (const [index, text] of code(true).entries()) {
    const reference = references[index];
    if (reference) expect(text).toMatch(reference);
  }
  expect(code(true)).toHaveLength(references.length);
  expect(code(false).join()).not.toMatch(/Bearer|KEY|TOKEN/i);
});

test('it is said where read-only access is decided', () => {
  expect(titles({ ...all, readOnly: true })).not.toContain('Cursor, HTTP');
  const [last] = sectionsFor({ ...all, readOnly: true }).slice(-1);
  expect(last?.instruction).toContain('MCP_READ_ONLY=1');
  expect(titles({ ...all, readOnly: true, http: { ...open, needsKey: true } })).toContain('Cursor, HTTP');
});
