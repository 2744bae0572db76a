/**
 * Letters of other scripts that most fonts draw like an ASCII letter, in pairs
 * "foreign ascii"; a hand-picked subset of Unicode's confusables (UTS #39).
 */
const PAIRS =
  'аa еe оo рp сc уy хx ѕs іi јj һh ԁd ԛq ԝw ӏl гr ѵv АA ВB ЕE КK МM НH ОO РP СC ТT УY ХX ЅS ІI ЈJ ԚQ ԜW ЗZ ' +
  'αa οo νv ρp ιi κk υu ϲc ϳj ΑA ΒB ΕE ΖZ ΗH ΙI ΚK ΜM ΝN ΟO ΡP ΤT ΥY ΧX ' +
  'օo սu ոn հh ցg զq ՕO ՍU ' +
  'ᎠD ᎡR ᎢT ᎥI ᎪA ᎫJ ᎬE ᎳW ᎷM ᎻH ᎽY ᏀG ᏃZ ᏚS ᏙV ᏞL ᏟC ᏢP ᏦK ᏴB ' +
  'ıi ɑa ɡg ɩi ʏY ꓮA ꓐB ꓚC ꓓD ꓰE ꓝF ꓖG ꓧH ꓲI ꓙJ ꓗK ꓡL ꓟM ꓠN ꓳO ꓑP ꓣR ꓢS ꓔT ꓴU ꓦV ꓪW ꓫX ꓬY ꓜZ';

const LOOKALIKES: ReadonlyMap<string, string> = new Map(PAIRS.split(' ').map((pair) => [pair.slice(0, -1), pair.slice(-1)]));

/** Blocks of styled or enclosed letters that stand for ASCII wherever they occur. */
const STYLED_RANGES: readonly (readonly [number, number])[] = [
  [0x2100, 0x214f],
  [0x2460, 0x24ff],
  [0xff01, 0xff5e],
  [0x1d400, 0x1d7ff],
  [0x1f130, 0x1f189],
];

/** The ASCII letter that a letter of another script passes for, or null. */
export function lookalike(character: string): string | null {
  return LOOKALIKES.get(character) ?? null;
}

/** The ASCII letter, digit or sign that a styled form (fullwidth, mathematical, enclosed) stands for, or null. */
export function styledForm(character: string): string | null {
  const code = character.codePointAt(0) ?? 0;
  if (!STYLED_RANGES.some(([low, high]) => code >= low && code <= high)) return null;
  const plain = character.normalize('NFKC');
  return /^[\x21-\x7e]$/.test(plain) ? plain : null;
}
