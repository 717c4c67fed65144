import type { ToolCall } from '@millrace/contracts';
import type { ChatCompletionChunk } from 'openai/resources';
import { storableText } from '../attempts/storable-text.ts';
import { ModelError } from '../models/model.ts';
import { parseArguments } from './arguments.ts';
import { hasCounts, type ReportedUsage } from './usage.ts';

/** For the text of a turn and the arguments of its calls together. */
export const TURN_LENGTH_MAX = 1_000_000;
/** What a call counts for beyond its arguments. */
const CALL_LENGTH = 100;

/** A complete turn of the model. */
export interface Turn {
  /** If the model refused, its refusal. */
  readonly text: string;
  readonly refused: boolean;
  readonly toolCalls: readonly ToolCall[];
  readonly finishReason: string;
  readonly usage: ReportedUsage | null;
  readonly durationMs: number;
}

/** As far as it can be trusted: some servers send null, lists or objects where the API has none. */
interface CallFragment {
  readonly index?: number | null;
  readonly id?: unknown;
  readonly function?: { readonly name?: unknown; readonly arguments?: unknown } | null;
}

interface UnfinishedCall {
  readonly index: number | null | undefined;
  readonly id: string;
  name: string;
  arguments: string;
}

/** Assembles a turn from its chunks; create it when the turn is requested. */
export class StreamedTurn {
  readonly #startedAt = performance.now();
  #text = '';
  #refused = false;
  #length = 0;
  #calls: UnfinishedCall[] = [];
  #finishReason = '';
  #usage: ReportedUsage | null = null;

  /**
   * @returns the new text
   * @throws ModelError `output_too_large`
   */
  add(chunk: ChatCompletionChunk | null): string {
    const usage: ReportedUsage | null | undefined = chunk?.usage;
    // Some servers report usage in every chunk, some send an empty report after the one with counts.
    if (usage && hasCounts(usage)) this.#usage = usage;
    const choice = chunk?.choices?.[0];
    if (!choice) return '';
    const { content, refusal, tool_calls } = choice.delta ?? {};
    const text = textOf(content) + textOf(refusal);
    this.#text += text;
    this.#refused ||= textOf(refusal) !== '';
    const fragments: readonly (CallFragment | null)[] = Array.isArray(tool_calls) ? tool_calls : [];
    for (const fragment of fragments) if (fragment) this.#addFragment(fragment);
    // Some servers send an empty reason until there is one.
    this.#finishReason ||= textOf(choice.finish_reason);
    this.#length += text.length;
    if (this.#length > TURN_LENGTH_MAX) throw tooLarge();
    return text;
  }

  /** Whether the provider has said that the turn ended; only token counts may follow. */
  get isComplete(): boolean {
    return this.#finishReason !== '';
  }

  /** Undefined if the stream was cut before its end. */
  finish(): Turn | undefined {
    if (!this.isComplete) return undefined;
    return {
      text: this.#text,
      refused: this.#refused,
      toolCalls: withUniqueIds(this.#calls),
      finishReason: storableText(this.#finishReason),
      usage: this.#usage,
      durationMs: performance.now() - this.#startedAt,
    };
  }

  #addFragment({ index, id: givenId, function: part }: CallFragment): void {
    const id = idOf(givenId);
    const name = textOf(part?.name);
    const args = argumentsOf(part?.arguments);
    let call = this.#calls.findLast((candidate) => index == null || candidate.index === index);
    if (!call || isAnother(call, { id, name, arguments: args })) {
      call = { index, id, name: '', arguments: '' };
      this.#calls.push(call);
      this.#length += CALL_LENGTH + id.length + name.length;
    }
    call.name ||= name;
    call.arguments += args;
    this.#length += args.length;
  }
}

/**
 * Some servers give all calls one index, or none: ids tell them apart, or, without ids, that a new call
 * starts after a whole one.
 */
function isAnother(call: ToolCall, fragment: ToolCall): boolean {
  if (fragment.id !== '') return fragment.id !== call.id;
  const begins = fragment.name !== '' && fragment.arguments.startsWith('{');
  return begins && call.arguments.endsWith('}') && parseArguments(call) !== undefined;
}

/** Answers refer to their call by id: a call with no id, or a duplicate one, is given one of ours. */
function withUniqueIds(calls: readonly UnfinishedCall[]): ToolCall[] {
  const taken = new Set<string>();
  return calls.map(({ id, name, arguments: args }, position) => {
    const unique =
      id === '' || taken.has(id) ? `call_${position + 1}_${crypto.randomUUID().slice(0, 8)}` : id;
    taken.add(unique);
    return { id: unique, name, arguments: args };
  });
}

/** Some servers send lists or null in place of text. */
function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** Some servers number the calls. */
function idOf(value: unknown): string {
  return typeof value === 'number' ? String(value) : textOf(value);
}

/** Some servers send an object rather than its JSON. */
function argumentsOf(value: unknown): string {
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : textOf(value);
}

function tooLarge(): ModelError {
  const limit = TURN_LENGTH_MAX.toLocaleString('en-US');
  return new ModelError(
    'output_too_large',
    `The model's turn is longer than ${limit} characters. Ask for less.`,
  );
}
