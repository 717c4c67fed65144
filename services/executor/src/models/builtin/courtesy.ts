import { chineseNumeralAt } from './chinese-numerals.ts';
import { Endings } from './endings.ts';
import { englishNumeralAt } from './english-numerals.ts';
import { matchAt } from './match-at.ts';

/** Words around a request that do not change its meaning; texts here are folded (see normalise.ts). */
const OPENINGS = [
  'please|pls|plz|kindly|hi there|hi|hello|hey|okay|ok|so|well|now then|excuse me|sorry|quick question',
  'could you|can you|would you|will you|would you mind|could u|can u|may i ask|can i ask|can i know|i wonder',
  "i want you to|i need you to|i would like you to|i'd like you to|i want to|i need to|i'd like to|i would like to",
  'i want|i need|know|ask you to|ask|do you know|tell me|let me know|show me|help me to|help me|give me|just|quickly',
].join('|');
const OPENINGS_CHINESE = [
  '请你帮我|请您帮我|请帮我|请问一下|请问|请你|请您|请|麻烦你|麻烦您|麻烦|劳驾|不好意思|你好|您好|嗨',
  '帮我个忙|帮我|帮忙|帮|替我|给我|你能不能|您能不能|能不能|你能否|能否|可不可以|你可不可以|你可以|可以|可否|你能|您能|能',
  '我想知道|我想问一下|我想问|想知道|想问一下|想问|问一下|我想要|我想|我要|我需要|需要你|需要|想请你|告诉我|跟我说|你知道|您知道|知道',
].join('|');
const OPENING = `(?:(?:${OPENINGS})(?![a-z0-9'])|${OPENINGS_CHINESE})[ ,.!:，。、\\n\\r\\t]*`;
const COURTESY = new RegExp(`\\s*(?:${OPENING})*`, 'y');

const CLOSINGS_ENGLISH = new Endings('please|pls|plz|thanks|thank you|thanks a lot|thx|for me'.split('|'));
const CLOSINGS_CHINESE = new Endings(
  '谢谢你|谢谢您|谢谢|多谢|好吗|好不好|可以吗|行吗|可以么|吧|吗|嘛|呢|啊|呀|呗|哈|哦|么|一下'.split('|'),
);
/** Nobody is more polite than this. */
const CLOSINGS_MAX = 10;
const WORD_LENGTH_MAX = 20;
const CLOSING_PUNCTUATION = new Set(' \t\n\r?？.。,，、;；~～…');

/** @returns the index at which the actual request begins */
export function skipCourtesy(text: string): number {
  return matchAt(COURTESY, text, 0)!.end;
}

/**
 * @returns the index after the actual request, without thanks, particles and punctuation. An exclamation mark
 * is dropped only after words, because `5!` is a factorial.
 */
export function endOfRequest(text: string, start: number): number {
  let end = text.length;
  for (let closings = 0; ; closings++) {
    while (end > start && CLOSING_PUNCTUATION.has(text[end - 1]!)) end--;
    let wordsEnd = end;
    while (wordsEnd > start && text[wordsEnd - 1] === '!') wordsEnd--;
    const closing = closings < CLOSINGS_MAX ? closingAt(text, start, wordsEnd) : undefined;
    if (closing === undefined)
      return wordsEnd < end && endsInWord(text.slice(start, wordsEnd)) ? wordsEnd : end;
    end = wordsEnd - closing.length;
  }
}

/** Not in a number, such as five, hundred or 百. */
function endsInWord(text: string): boolean {
  const [word] = text.slice(-WORD_LENGTH_MAX).match(/[a-z]+$|[\u4e00-\u9fff]$/) ?? [];
  if (word === undefined) return false;
  const isEnglishNumber = englishNumeralAt(word, 0) ?? englishNumeralAt(`a ${word}`, 0);
  return !isEnglishNumber && chineseNumeralAt(`一${word}`, 0)?.end !== 2;
}

function closingAt(text: string, start: number, end: number): string | undefined {
  // 什么 is part of a question, not a particle.
  if (text.startsWith('什么', end - 2)) return undefined;
  const chinese = CLOSINGS_CHINESE.find(text, start, end);
  if (chinese) return chinese;
  const english = CLOSINGS_ENGLISH.find(text, start, end);
  return english && /[a-z0-9]/.test(text[end - english.length - 1] ?? '') ? undefined : english;
}
