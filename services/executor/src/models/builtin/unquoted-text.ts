/**
 * Words by which a text without quotes describes what to write instead of being it: `write a poem to poem.txt` asks for
 * a poem, `把结果写入 a.txt` for a result. Everything here is folded.
 */
const DESCRIBING_OPENING = new RegExp(
  `^(?:(?:${[
    'a|an|the|some|my|your|our|his|her|their|me|us|this|that|these|those|it|them|all|every|any|each|another',
    'of|down|out|about|something|anything|everything|nothing|what|whatever|how|why|when|which|who|where|current|today',
  ].join('|')})(?![a-z])|${[
    '一[首篇个段些份封句则条]|这|那|它|他们|我的|你的|当前|现在|今天|明天|所有|关于|有关|刚才|上面|上述|以下|下面|如何|怎么|某',
  ].join('|')})`,
);
const COMPOSITIONS = new RegExp(
  `(?<![a-z])(?:${[
    'poems?|haiku|stor(?:y|ies)|essays?|letters?|emails?|articles?|reports?|summar(?:y|ies)|code|scripts?|functions?',
    'programs?|lists?|songs?|lyrics|jokes?|results?|answers?|outputs?|time|date|weather|contents? of|words?',
    'about|random|numbers?|facts?|tips?|instructions?|recipes?|tables?|followed by|times|twice|translat(?:ed|ion)',
    '(?:new)?lines?|sentences?|paragraphs?',
    'in (?:upper ?case|lower ?case|capitals|caps|english|chinese|french|german|spanish|japanese|json|csv|markdown)',
  ].join('|')})(?![a-z])|${[
    '诗|故事|文章|代码|结果|时间|日期|天气|总结|报告|列表|答案|笑话|作文|邮件|脚本|程序|介绍|随机|翻译|大写|小写',
    '[\\d一二两三四五六七八九十百][遍次个行段句条]|用[英中法德日韩]文|等于|的(?:内容|文字|[和差积商])$',
  ].join('|')}`,
);
/** Text with a file name in it: that file's content may be meant, or a second file. */
const FILE_NAME = /[\p{L}\p{N}_-]\.[a-z][a-z0-9]{1,4}(?![\p{L}\p{N}])/u;
/** Refers to the file, after a text. */
const INTO_IT = /(?<![a-z])(?:in|inside|into|to) (?:it|the file|that file)$/;
/** Within an unquoted text these make it ambiguous where the text ends and its destination begins. */
const DESTINATION_WORDS =
  /(?<![a-z])(?:to|into|as|and then|then)(?![a-z])|写入|写到|写进|保存|存入|存到|然后|并且/;

/** Longer and multi-line texts need quotes that mark their end. */
const UNQUOTED_LENGTH_MAX = 1000;

/** @param text folded: the rest after a quoted text */
export function saysOnlyWhere(text: string): boolean {
  return INTO_IT.exec(text.trim())?.index === 0;
}

/** @param text folded: what would be written if it were meant literally */
export function isDescription(text: string): boolean {
  const trimmed = text.trim();
  return (
    trimmed.length > UNQUOTED_LENGTH_MAX ||
    trimmed.includes('\n') ||
    /["“”「」『』]/.test(trimmed) ||
    DESCRIBING_OPENING.test(trimmed) ||
    COMPOSITIONS.test(trimmed) ||
    DESTINATION_WORDS.test(trimmed) ||
    INTO_IT.test(trimmed) ||
    FILE_NAME.test(trimmed)
  );
}
