import { hostname } from 'node:os';
import type { Supervisor } from '@millrace/devstack';
import type { Transition } from './audit.ts';
import type { FaultMoment } from './recovery.ts';
import type { Random, Step } from './schedule.ts';
import type { Load } from './workload.ts';
import type { World } from './world.ts';

export interface Scenario {
  /** As in its file's name. */
  readonly name: string;
  readonly title: string;
  /** Which faults come when; depends only on its arguments. */
  schedule(random: Random, durationMs: number): Step[];
  perform(step: Step, run: Run): Promise<void>;
  /** What else must hold in the end, including that the faults had an effect; each problem in a sentence. */
  verify?(run: Run, audit: readonly Transition[]): Promise<string[]> | string[];
}

/** One running scenario: what its faults act on, and what they leave behind. */
export class Run {
  readonly world: World;
  readonly load: Load;
  /** For random choices that depend on the state of the world. Seeded, but not in step with the schedule. */
  readonly random: Random;
  readonly faults: FaultMoment[] = [];
  /** Events that a reader of the report should know. */
  readonly notes = new Map<string, number>();
  readonly #undo: (() => Promise<void>)[] = [];

  constructor(world: World, load: Load, random: Random) {
    this.world = world;
    this.load = load;
    this.random = random;
  }

  /** Call at the moment of the fault. */
  hit(fault: string, executor?: string): void {
    this.faults.push({ at: Date.now(), fault, ...(executor !== undefined && { executor }) });
  }

  note(what: string, count = 1): void {
    this.notes.set(what, (this.notes.get(what) ?? 0) + count);
  }

  /** Call when all tasks have ended, or when the scenario has failed. */
  defer(undo: () => Promise<void>): void {
    this.#undo.push(undo);
  }

  async undo(): Promise<void> {
    for (const undo of this.#undo.splice(0).reverse()) await undo();
  }

  executor(step: Step): Supervisor {
    return this.world.executors[step.executor!]!;
  }
}

/** The id under which this executor claims tasks, as its configuration derives it. */
export function executorId({ pid }: Supervisor): string {
  return `${hostname()}-${pid}`
    .replace(/[^A-Za-z0-9._-]/g, '-')
    .slice(-100)
    .slice(0, 63);
}
