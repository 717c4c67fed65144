/**
 * The words around the text and path in a request to write a file; everything is folded, and all patterns are
 * sticky. The group `file` means that what follows was called a file, `empty` that it is to have no content.
 */

const FILE_KIND = '(?:(?:text|txt|json|csv|markdown|html|python|log|config)\\s+)?file\\s+';
const FILE_NAMED = '(?:called\\s+|named\\s+|at\\s+|with\\s+(?:the\\s+)?name\\s+)?';
const FILE_ENGLISH = `(?:(?:the|a|an)\\s+)?(?:new\\s+)?(?<file>(?:my\\s+)?${FILE_KIND}${FILE_NAMED})?`;
/** Of 文件夹/a.txt, 文档/a.txt and 文件1.txt it is part of the name. */
const FILE_WORD_CHINESE = '(?:文本文件|文件|文档|档案)(?![夹/._\\d-])';
const NAMED_CHINESE = '(?:名为|名叫|叫做|叫)';
/** After these, 新, 空 and 个 are words of their own; in 新闻.txt, 空间.txt and 个人.txt they are part of the name. */
const BEFORE_NAME_CHINESE = `(?=(?:文本文件|文件|文档|档案)(?![夹/._-])|${NAMED_CHINESE}|[\\sa-z"'\`“‘「『＂])`;
const EMPTY_CHINESE = `(?<empty>空白?的|空白?${BEFORE_NAME_CHINESE})?`;
const NEW_CHINESE = `(?:一个|这个|个(?=新的|空白?的|新?(?:空白?)?${BEFORE_NAME_CHINESE}))?\\s*(?:新的(?!\\.)|新(?=空白?的|(?:空白?)?${BEFORE_NAME_CHINESE}))?`;
const FILE_CHINESE = `${NEW_CHINESE}${NAMED_CHINESE}?\\s*(?<file>${FILE_WORD_CHINESE}${NAMED_CHINESE}?)?\\s*`;
const INSIDE_CHINESE = '(?:里面|里|中|内)?';
/** A quoted text follows. */
const BEFORE_QUOTE = '(?=["\'`“‘「『＂])';
/** What follows the colon is the text, as far as it goes. */
const COLON = ':[ \\t]*\\n?';

/** `write "` … */
export const TEXT_FIRST = new RegExp(
  [
    '(?:write|save|put|store|output)\\s+(?:down\\s+)?(?:(?:the\\s+|this\\s+|following\\s+)*(?:text|content|contents|string|word|words|message|line|sentence)\\b\\s*:?\\s*)?',
    '(?:把|将)\\s*(?:(?:这段|这句|以下|下面的?|下列)?(?:文字|内容|文本|话)\\s*:?\\s*)?',
    '(?:写入|写下|写上|写出|写|保存|存储|储存|存|记录下|记录|输出)(?:一下)?\\s*(?:(?:文字|内容|文本)\\s*:?\\s*)?',
  ].join('|'),
  'y',
);

const CHINESE_DESTINATIONS =
  '写入到|写入|写到|写进|写在|保存到|保存为|保存至|保存在|保存进|保存成|存储到|储存到|存储为|储存为|存入|存到|存为|存进|存成|另存为|记录到|记录在|记到|输出到|放入|放到|放进|放在';

/** … `" to the file ` */
export const DESTINATION = new RegExp(
  [
    `\\s*,?\\s*(?:and\\s+save\\s+it\\s+)?(?:into|to|inside|in|as)\\s+${FILE_ENGLISH}`,
    `\\s*,?\\s*(?:${CHINESE_DESTINATIONS}|到|进|至|为|在)\\s*${FILE_CHINESE}`,
  ].join('|'),
  'y',
);
export const DESTINATION_END =
  /\s*(?:file|(?:这个|的)?(?:文件|文档|档案))?(?:里面|里边|里头|里|中|内)?(?:去|保存)?!*/y;

const UNQUOTED_WITH_VERB = [' to ', ' into ', ' inside ', ' in ', ' as ', ...CHINESE_DESTINATIONS.split('|')];

/**
 * Words that may end an unquoted text; the last occurrence counts. After 把 the verb is still to come: 到 alone
 * would leave an unknown verb in the text (把你好追加到 a.txt).
 */
export function unquotedDestinations(opening: string): readonly string[] {
  return /[把将]/.test(opening) ? UNQUOTED_WITH_VERB : [...UNQUOTED_WITH_VERB, '到', '进'];
}

const TEXT_ENGLISH =
  '(?:(?:the|this|following)\\s+)*(?:(?:content|contents|text|words|word|message|string|line)\\b\\s*(?:of\\s+|is\\s+|being\\s+|=\\s*|:\\s*)?)?';
const TEXT_CHINESE = '(?:内容|文字|文本|正文)?(?:是|为|如下)?';

/** A path between `opening` and `connection`, a text after both. */
export const PATH_FIRST_PATTERNS = [
  {
    opening: `(?:create|make|write|generate|save)\\s+(?:me\\s+)?(?:(?:the|a|an)\\s+)?(?:new\\s+)?(?<empty>empty\\s+|blank\\s+)?(?<file>${FILE_KIND}${FILE_NAMED})?`,
    connection: `\\s*(?:,\\s*)?(?:(?:with|containing|that\\s+contains|which\\s+contains|that\\s+says|saying|that\\s+reads|and\\s+write|and\\s+put|and(?=\\s+(?:the\\s+)?content))\\b\\s*:?\\s*${TEXT_ENGLISH}|${COLON})`,
  },
  {
    opening: `(?:write|save|put|store|output)\\s+(?:(?:(?:the\\s+)?following|this)\\s+(?:(?:text|content)\\s+)?)?(?:in\\s*to|to|in)\\s+${FILE_ENGLISH}`,
    connection: `\\s*(?:,\\s*)?(?:(?:the\\s+)?(?:content|text)\\s*)?(?:${COLON}|${BEFORE_QUOTE})`,
  },
  {
    opening: `(?:(?:把|将)\\s*(?:以下|下面的?|下列|如下|这段|这些)?(?:文字|内容|文本|话)\\s*)?(?:写入到|写入|写到|写进|写|保存到|保存至|存入|存到|记录到|输出到)\\s*${FILE_CHINESE}`,
    connection: `(?:文件)?${INSIDE_CHINESE}\\s*(?:,\\s*)?${TEXT_CHINESE}\\s*(?:${COLON}|${BEFORE_QUOTE}|(?<=内容为|内容是))`,
  },
  {
    opening: `(?:创建|新建|建立|建|生成|写|做)\\s*${NEW_CHINESE}${EMPTY_CHINESE}\\s*(?<file>${NAMED_CHINESE}?\\s*(?:${FILE_WORD_CHINESE})?\\s*(?:${NAMED_CHINESE}|:)?\\s*)`,
    connection: `\\s*(?:的?${FILE_WORD_CHINESE})?\\s*[,。]?\\s*(?:并且|并|然后)?(?:在?(?:里面|其中|里|中))?\\s*(?:(?:内容|正文)(?:是|为|如下)?|写入|写上|写着|写|包含|放入|填入|保存)(?:内容|文字)?\\s*(?:[:,][ \\t]*\\n?)?`,
  },
  {
    opening: `(?:在|往|向|给)\\s*(?<file>${FILE_WORD_CHINESE}\\s*)?`,
    connection: `\\s*(?:文件)?${INSIDE_CHINESE}\\s*(?:写入|写上|写下|写|保存|存入|记录|输出)\\s*(?:内容|文字|文本)?\\s*(?:[:,][ \\t]*\\n?)?`,
  },
].map(({ opening, connection }) => ({
  opening: new RegExp(opening, 'y'),
  connection: new RegExp(connection, 'y'),
}));
