import { findPlace, unknownPlace } from './places.ts';
import { notUnderstood, type Reading } from './reading.ts';

/** Longer prompts contain more than a question about the time. Also bounds the work of the patterns below. */
const QUESTION_LENGTH_MAX = 160;

const NOW = '(?:right now|just now|now|currently|at the moment|at present|at this moment|today)';
const TIME_WORDS = '(?:time and date|date and time|time|date|day of the week|weekday|day|hour|month|year)';
const QUALITY = "(?:(?:exact|current|local|present|today's|todays) )*";
const ASKED = '(?:(?:what is|whats|get|check|show|tell|display) )?(?:the )?';

/** Each matches at most one of the groups `before` and `after`, which may name a place. */
const ENGLISH_QUESTIONS = [
  `(?:what|which) ${TIME_WORDS} (?:is it|it is|is today|today is)(?: ${NOW})?(?: (?:in|at) (?<after>.+?))?(?: ${NOW})?`,
  `(?:what|which) ${TIME_WORDS}(?: ${NOW})? (?:in|at) (?<after>.+?)(?: ${NOW})?`,
  `${ASKED}${QUALITY}${TIME_WORDS}(?: it)?(?: is)?(?: ${NOW})?(?: (?:in|at) (?<after>.+?))?(?: ${NOW})?`,
  `${ASKED}${QUALITY}(?<before>.+?)(?:'s)? ${QUALITY}(?:time|date)(?: ${NOW})?`,
  `in (?<after>.+?),? what time is it(?: ${NOW})?`,
  'what is today',
].map((question) => new RegExp(`^${question}$`));

const CHINESE_QUESTION = new RegExp(
  `(?:${[
    '几点(?:钟|几分)?',
    '(?:日期和时间|时间和日期|日期|时间)(?:是|为)?(?:几点|多少|什么|几号)?',
    '几月[几多]少?[号日]',
    '[几多]少?[号日]',
    '(?:星期|周|礼拜)几',
    '哪一?[天年]',
    '(?:现在|此刻|此时)(?:是|到了)?(?:什么|啥)时候',
    '几月份?',
  ].join('|')})了?$`,
);
const CHINESE_ASKED = /^(?:(?:查询|查看|查|看看|看|报|显示|获取|说)下?)?(?:一下)?/;
const CHINESE_NOW = ['现在', '此刻', '此时', '当前', '目前', '这会儿', '眼下', '今天', '今日', '今年'];
const CHINESE_PARTICLES = [
  '是什么',
  '什么',
  '是',
  '的',
  '到了',
  '那边',
  '那里',
  '当地',
  '本地',
  '时间',
  '在',
  ' ',
  ',',
];

/**
 * @param request folded and single-spaced, without courtesies
 * @returns undefined when it asks for no time or date
 */
export function readClockQuestion(request: string): Reading | undefined {
  if (request.length > QUESTION_LENGTH_MAX) return undefined;
  return readEnglish(request.replace("what's ", 'what is ')) ?? readChinese(request);
}

function readEnglish(request: string): Reading | undefined {
  for (const question of ENGLISH_QUESTIONS) {
    const match = question.exec(request);
    if (!match) continue;
    const { before, after } = match.groups ?? {};
    if (after !== undefined) return timeIn(after);
    if (before === undefined) return { kind: 'request', tool: 'time', arguments: {} };
    // Not everything before `time` is a place, as in `lunch time`.
    if (findPlace(before)) return timeIn(before);
    if (findPlace(`${before} time`)) return timeIn(`${before} time`);
  }
  return undefined;
}

/** Around the question there may only be when (now, today) and where; anything else is not for the clock. */
function readChinese(request: string): Reading | undefined {
  const question = CHINESE_QUESTION.exec(request);
  if (!question) return undefined;
  const around = request.slice(0, question.index).replace(CHINESE_ASKED, '');
  const place = withoutAround(around, [...CHINESE_NOW, ...CHINESE_PARTICLES]);
  if (place === '') return { kind: 'request', tool: 'time', arguments: {} };
  const isAboutNow = CHINESE_NOW.some((word) => around.includes(word)) || request.endsWith('了');
  return findPlace(place) || isAboutNow ? timeIn(place) : undefined;
}

function withoutAround(text: string, words: readonly string[]): string {
  let rest = text;
  for (;;) {
    const word = words.find((each) => rest.startsWith(each) || rest.endsWith(each));
    if (word === undefined) return rest;
    rest = rest.startsWith(word) ? rest.slice(word.length) : rest.slice(0, -word.length);
  }
}

function timeIn(name: string): Reading {
  const place = findPlace(name) ?? unknownPlace(name);
  return 'problem' in place
    ? notUnderstood(place.problem)
    : { kind: 'request', tool: 'time', arguments: { timezone: place.timezone } };
}
