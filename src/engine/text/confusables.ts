/**
 * Letters of other scripts that are drawn like Latin ones, a selection of Unicode's
 * confusables for Cyrillic, Greek, Armenian and Latin look-alikes. Full-width and
 * mathematical letters need no entry: NFKC folds them.
 */
const PAIRS =
  'аaАAвBсcСCеeЕEёeЁEһhНHіiІIїiЇIјjЈJкkКKӏlӀIмmМMоoОOрpРPѕsЅSтtТTуyУYхxХXԁdԛqԜWԝwґrѵvѴVԌGԍgЬbѡwүyҮYһhԚQ' +
  'αaΑAΒBεeΕEΖZηnΗHιiΙIκkΚKΜMνvΝNοoΟOρpΡPτtΤTυuΥYχxΧXωwγyϲcϹCϳjͿJ' +
  'աwցgզqհhոnսuօoԼLՍUՏSՕOɑaɡgɩiıiʀRʟLɴNᴀAᴄcᴅDᴇEᴊJᴋKᴍMᴏoᴘPᴛTᴜuᴠvᴡwᴢzǃ!ⅼlⅰi';

const FOLD = new Map<string, string>();
for (const pair of PAIRS.matchAll(/(.)([!-~])/gu)) FOLD.set(pair[1] as string, pair[2] as string);

/** Latin letter -> one look-alike from another script, for the mutator. */
export const LOOK_ALIKES: ReadonlyMap<string, string> = new Map(
  [...FOLD].filter(([odd]) => /\p{Script=Cyrillic}/u.test(odd)).map(([odd, latin]) => [latin, odd] as const),
);

const WORD = /[\p{L}\p{M}]+/gu;
const LATIN = /[\p{Script=Latin}\p{M}]/u;
const ASCII_LETTER = /[A-Za-z]/;
/** A lone Greek letter is a mathematical symbol. */
const GREEK = /\p{Script=Greek}/u;

/**
 * Replaces look-alikes by the Latin letters they imitate. A word is folded when all its
 * foreign letters are look-alikes and it stands in mainly Latin text or mixes scripts
 * itself: a word of a real Cyrillic or Greek sentence is left alone.
 */
export function foldConfusables(text: string): string {
  const latin = isMainlyLatin(text);
  return text.replace(WORD, (word) => foldWord(word, latin));
}

function foldWord(word: string, latinText: boolean): string {
  if (/^[A-Za-z]+$/.test(word)) return word;
  if (!latinText && !ASCII_LETTER.test(word)) return word;
  if (word.length === 1 && GREEK.test(word)) return word;
  let folded = '';
  for (const letter of word) {
    if (letter.charCodeAt(0) < 128) folded += letter;
    else {
      const latin = FOLD.get(letter) ?? (LATIN.test(letter) ? letter : undefined);
      if (latin === undefined) return word;
      folded += latin;
    }
  }
  return folded;
}

function isMainlyLatin(text: string): boolean {
  let ascii = 0;
  let other = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if ((code >= 65 && code <= 90) || (code >= 97 && code <= 122)) ascii++;
    else if (code >= 0x370 && code <= 0x58f) other++;
  }
  return ascii >= other;
}
