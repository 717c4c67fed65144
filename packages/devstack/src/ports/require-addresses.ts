import { StackError } from '../stack-error.ts';
import { whyNotFree } from './free-port.ts';

/** An address to listen on, and the variable that changes it. */
export type WantedAddress = { host: string; variable: string };

/** Throws one StackError that names every address on which this machine cannot listen at all. */
export async function requireAddresses(wanted: readonly WantedAddress[]): Promise<void> {
  const problems: string[] = [];
  for (const { host, variable } of wanted) {
    const code = await whyNotFree(0, host);
    if (code === null) continue;
    problems.push(
      `${variable}: ${host} is not an address of this machine (${code}). Set one that is, or 0.0.0.0 for all.`,
    );
  }
  if (problems.length > 0) throw new StackError(problems.join('\n'));
}
