import type { ToolCall } from '@millrace/contracts';
import type { ChatCompletionChunk } from 'openai/resources';
import { ModelError } from '../models/model.ts';
import type { ReportedUsage } from './usage.ts';

/** Of one turn: its text, and the arguments of its calls. */
export const TURN_LENGTH_MAX = 1_000_000;
/** What a call weighs besides its arguments. */
const CALL_LENGTH = 100;

/** A turn of the model, complete. */
export interface Turn {
  /** Where the model refused, its words for that. */
  readonly text: string;
  readonly refused: boolean;
  readonly toolCalls: readonly ToolCall[];
  readonly finishReason: string;
  readonly usage: ReportedUsage | null;
}

type Delta = ChatCompletionChunk.Choice.Delta;
type CallFragment = NonNullable<Delta['tool_calls']>[number];

interface UnfinishedCall {
  readonly index: number | undefined;
  readonly id: string;
  name: string;
  arguments: string;
}

/** Puts a turn together from the pieces in which it comes. */
export class StreamedTurn {
  #text = '';
  #refused = false;
  #length = 0;
  #calls: UnfinishedCall[] = [];
  #finishReason: string | undefined;
  #usage: ReportedUsage | null = null;

  /**
   * @returns the text that is new
   * @throws ModelError `output_too_large`
   */
  add({ choices, usage }: ChatCompletionChunk): string {
    if (usage) this.#usage = usage;
    const choice = choices?.[0];
    if (!choice) return '';
    const { content, refusal, tool_calls } = choice.delta ?? {};
    const text = textOf(content) + textOf(refusal);
    this.#text += text;
    this.#refused ||= textOf(refusal) !== '';
    for (const fragment of tool_calls ?? []) this.#addFragment(fragment);
    this.#finishReason ??= choice.finish_reason ?? undefined;
    this.#length += text.length;
    if (this.#length > TURN_LENGTH_MAX) throw tooLarge();
    return text;
  }

  /** The provider says that nothing of substance comes any more. */
  get isComplete(): boolean {
    return this.#finishReason !== undefined;
  }

  /** Undefined if the stream was cut before its end. */
  finish(): Turn | undefined {
    if (this.#finishReason === undefined) return undefined;
    return {
      text: this.#text,
      refused: this.#refused,
      toolCalls: withUniqueIds(this.#calls),
      finishReason: this.#finishReason,
      usage: this.#usage,
    };
  }

  #addFragment({ index, id, function: part }: CallFragment): void {
    let call = this.#calls.findLast((candidate) => index === undefined || candidate.index === index);
    // Servers exist that give all calls the same index, or none, and tell them apart by their ids.
    const isAnother = call && id && id !== call.id;
    if (!call || isAnother) {
      call = { index, id: id ?? '', name: '', arguments: '' };
      this.#calls.push(call);
      this.#length += CALL_LENGTH;
    }
    call.name ||= part?.name ?? '';
    call.arguments += part?.arguments ?? '';
    this.#length += part?.arguments?.length ?? 0;
  }
}

/** Each answer names its call by the id: where a server gives none, or one twice, the call gets one of ours. */
function withUniqueIds(calls: readonly UnfinishedCall[]): ToolCall[] {
  const taken = new Set<string>();
  return calls.map(({ id, name, arguments: args }, position) => {
    const unique =
      id === '' || taken.has(id) ? `call_${position + 1}_${crypto.randomUUID().slice(0, 8)}` : id;
    taken.add(unique);
    return { id: unique, name, arguments: args };
  });
}

/** Some servers send lists or null where text belongs. */
function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function tooLarge(): ModelError {
  const limit = TURN_LENGTH_MAX.toLocaleString('en-US');
  return new ModelError(
    'output_too_large',
    `The model's turn is longer than ${limit} characters. Ask for less.`,
  );
}
