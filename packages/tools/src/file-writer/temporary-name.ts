/** Temporary files carry a prefix that no path may use, so those left by a killed process can be recognised. */
const PREFIX = '.millrace-tmp-';

export function createTemporaryName(): string {
  return `${PREFIX}${crypto.randomUUID()}`;
}

export function isTemporaryName(name: string): boolean {
  return name.toLowerCase().startsWith(PREFIX);
}
