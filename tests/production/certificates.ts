import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TemporaryFolder, temporaryFolder } from '../temporary-folder.ts';

/** Why no certificates can be made here, or `undefined` if they can. */
export const withoutOpenssl = Bun.which('openssl')
  ? undefined
  : 'there is no openssl on PATH to make certificates with';

export interface Certificate {
  /** Paths of PEM files. */
  readonly cert: string;
  readonly key: string;
}

export interface IssueOptions {
  /** As OpenSSL's subjectAltName. */
  readonly names: string;
  readonly expired?: boolean;
}

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-noenc'];

/** A certificate authority for one test, made by OpenSSL in a temporary folder. */
export class Authority implements AsyncDisposable {
  readonly #folder: TemporaryFolder;
  /** The file that makes a client trust it. */
  readonly ca: string;

  private constructor(folder: TemporaryFolder) {
    this.#folder = folder;
    this.ca = join(folder.path, 'ca.crt');
  }

  get folder(): string {
    return this.#folder.path;
  }

  static async create(name = 'Millrace test authority'): Promise<Authority> {
    const authority = new Authority(await temporaryFolder());
    const { folder, ca } = authority;
    await openssl(
      'req',
      '-x509',
      ...KEY,
      '-days',
      '2',
      '-subj',
      `/CN=${name}`,
      '-keyout',
      join(folder, 'ca.key'),
      '-out',
      ca,
    );
    return authority;
  }

  /** @param file base name of its files */
  async issue(file: string, { names, expired = false }: IssueOptions): Promise<Certificate> {
    const path = (ending: string) => join(this.folder, `${file}.${ending}`);
    await writeFile(path('ext'), `subjectAltName=${names}\n`);
    await openssl('req', '-new', ...KEY, '-subj', `/CN=${file}`, '-keyout', path('key'), '-out', path('csr'));
    const signer = ['-CA', this.ca, '-CAkey', join(this.folder, 'ca.key'), '-CAcreateserial'];
    const days = expired ? '0' : '1';
    await openssl(
      'x509',
      '-req',
      '-in',
      path('csr'),
      ...signer,
      '-days',
      days,
      '-extfile',
      path('ext'),
      '-out',
      path('crt'),
    );
    return { cert: path('crt'), key: path('key') };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#folder[Symbol.asyncDispose]();
  }
}

export async function openssl(...command: string[]): Promise<void> {
  const child = Bun.spawn(['openssl', ...command], { stdin: 'ignore', stdout: 'pipe', stderr: 'pipe' });
  const said = await new Response(child.stderr).text();
  if ((await child.exited) !== 0) throw new Error(`openssl ${command[0]} failed: ${said}`);
}
