import { describe, expect, test } from 'bun:test';
import { readToolRequest } from './index.ts';
import { fold } from './normalise.ts';
import { NAMES_BY_ZONE, ZONES_TO_CHOOSE_FROM } from './place-names.ts';
import { findPlace } from './places.ts';

const WITHOUT_PLACE = [
  ...[
    'what time is it',
    'What time is it now?',
    "what's the time",
    'current time',
    'time now',
    'tell me the time',
  ],
  ...[
    'can you tell me what time it is?',
    "what is today's date",
    'what day is it today',
    'date and time',
    'what year is it',
  ],
  ...[
    '现在几点',
    '现在几点了？',
    '現在幾點',
    '請問現在幾點了？',
    '几点了',
    '几点了！',
    '看下现在几点',
    '现在时间',
    '当前时间',
    '现在是什么时间',
    '现在是什么时候',
  ],
  ...['今天几号', '今天星期几', '今天日期', '今天是几月几号', '今年是哪一年', '你能告诉我现在几点吗'],
];

const BY_ZONE: Record<string, string[]> = {
  'Asia/Tokyo': [
    'what time is it in Tokyo',
    'what time is it in Tokyo!',
    'Tokyo time',
    'in tokyo, what time is it?',
    'what time is it in "Tokyo"?',
    '“东京”现在几点',
    '东京现在几点',
    '現在東京幾點',
    '麻烦告诉我东京时间',
  ],
  'America/New_York': [
    'what time is it in New York right now?',
    'current time in America/New_York',
    '纽约时间',
    '現在紐約時間是幾點',
  ],
  'Europe/London': [
    "what's the time in London, please",
    'time in the UK',
    'time in London, the UK',
    'time in the United Kingdom',
    '查一下伦敦时间',
  ],
  'Europe/Paris': ['what time is it in Paris, France'],
  'America/Sao_Paulo': ['what time is it in São Paulo', 'time in Sa\u0303o Paulo, Brazil'],
  'Europe/Zurich': ['ZÜRICH time'],
  'Europe/Istanbul': ['what time is it in Türkiye', 'İstanbul现在几点'],
  'Asia/Shanghai': ['北京时间', '北京时间现在几点', 'Beijing time', '今天上海星期几'],
  'Europe/Tallinn': ['what time is it in Estonia', '爱沙尼亚现在几点'],
  'America/St_Lucia': ['time in St. Lucia', 'Saint Lucia time', '圣卢西亚时间'],
  'America/Port_of_Spain': ['time in Trinidad & Tobago', 'time in Trinidad and Tobago'],
  'America/St_Johns': [
    "time in St. John's",
    'time in St Johns',
    'time in America/St Johns',
    'Newfoundland time',
  ],
  'America/Port-au-Prince': [
    'time in Port-au-Prince',
    'time in Port au Prince',
    'time in America/Port-au-Prince',
  ],
  'America/Nassau': ['time in the Bahamas', 'time in Bahamas', 'time in Nassau, the Bahamas'],
  'Asia/Dubai': ['what time is it in the United Arab Emirates?'],
  'Europe/Copenhagen': ['丹麦现在几点', '丹麥現在幾點'],
  'Africa/Tunis': ['突尼斯时间', '突尼西亞時間'],
  'Africa/Abidjan': ["time in Côte d'Ivoire", '科特迪瓦时间', '象牙海岸現在幾點'],
  'Asia/Hong_Kong': ['香港时间', '中国香港现在几点', 'time in Hong Kong'],
  'Asia/Taipei': ['台湾时间', '臺灣現在幾點', '中国台湾现在几点', 'time in Taipei, Taiwan'],
  'Asia/Kolkata': ['time in India', '印度现在几点'],
  'Asia/Tbilisi': ['what time is it in Tbilisi, Georgia'],
  'Europe/Moscow': ['time in St. Petersburg', 'time in St Petersburg'],
  'Europe/Berlin': ['德国柏林现在几点', '德國慕尼黑時間'],
  'America/Los_Angeles': ['美国旧金山现在几点'],
  'Asia/Calcutta': ['what time is it in asia/calcutta'],
  UTC: ['what time is it in UTC', 'UTC 时间', 'GMT time'],
  'GMT+8': ['what time is it in GMT+8'],
  'UTC+8': ['UTC＋８ 现在几点', 'what time is it in UTC + 8'],
  'UTC+05:30': ['time in UTC+05:30'],
  '+05:30': ['time in +05:30'],
};

const NOT_UNDERSTOOD = [
  ...[
    'time flies',
    'time is money',
    'lunch time',
    'what is game time',
    'christmas time',
    'what is the time complexity of quicksort',
  ],
  ...[
    'what time does the train leave',
    'what is the best time to visit tokyo',
    'what day is tomorrow',
    "What's the weather in Tokyo?",
  ],
  ...[
    '现在是不是该睡觉了',
    '明天几号',
    '下周几',
    '会议几点',
    '几点开会',
    '现在北京天气',
    '时间管理',
    '东京天气怎么样',
  ],
];

const PLACE_REFUSED: Record<string, string> = {
  'what time is it in Atlantis': 'atlantis',
  火星现在几点: '火星',
  法国柏林现在几点: '法国柏林',
  'what time is it in San José': 'America/Costa_Rica',
  'what time is it in La Rioja': 'la rioja',
  喬治亞現在幾點: 'Asia/Tbilisi for the country',
  'what time is it in Georgia': 'Asia/Tbilisi for the country or America/New_York for the state',
  'what time is it in Paris, Texas': 'paris, texas',
  'what time is it in tokyo and london': 'tokyo and london',
  'what time is it in the USA': 'America/New_York, America/Chicago',
  美国现在几点: 'America/New_York, America/Chicago',
  'what time is it in CST': 'Asia/Shanghai, America/Chicago',
};

describe('questions for the time', () => {
  test.each(WITHOUT_PLACE)('no place: %s', (prompt) => {
    expect(readToolRequest(prompt)).toEqual({ kind: 'request', tool: 'time', arguments: {} });
  });

  for (const [timezone, prompts] of Object.entries(BY_ZONE)) {
    test.each(prompts)(`${timezone} ← %s`, (prompt) => {
      expect(readToolRequest(prompt)).toEqual({ kind: 'request', tool: 'time', arguments: { timezone } });
    });
  }

  test.each(NOT_UNDERSTOOD)('not understood: %s', (prompt) => {
    expect(readToolRequest(prompt)).toMatchObject({
      kind: 'not_understood',
      message: expect.stringContaining('none of the requests'),
    });
  });

  test.each(Object.entries(PLACE_REFUSED))('%s is refused, naming the place', (prompt, named) => {
    expect(readToolRequest(prompt)).toMatchObject({
      kind: 'not_understood',
      message: expect.stringContaining(named),
    });
  });
});

describe('places', () => {
  test('every zone of the tables exists', () => {
    const choices = Object.values(ZONES_TO_CHOOSE_FROM).flatMap((text) => text.match(/[A-Z]\w+\/\w+/g) ?? []);
    for (const timezone of [...Object.keys(NAMES_BY_ZONE), ...choices]) {
      expect(() => new Intl.DateTimeFormat('en', { timeZone: timezone })).not.toThrow();
    }
  });

  test('no name stands for two zones', () => {
    const names = [...Object.values(NAMES_BY_ZONE), ...Object.keys(ZONES_TO_CHOOSE_FROM)].flatMap((text) =>
      text.split('|'),
    );
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  test('every name of the tables is found as it stands', () => {
    for (const [zone, names] of Object.entries(NAMES_BY_ZONE)) {
      for (const name of names.split('|'))
        expect({ name, ...findPlace(fold(name)) }).toEqual({ name, timezone: zone });
    }
  });

  test('every zone that Intl lists can be asked for', () => {
    for (const timezone of Intl.supportedValuesOf('timeZone')) {
      expect(findPlace(timezone.toLowerCase())).toEqual({ timezone });
    }
  });
});
