import { isInvisible } from '../invisible';
import { charClass } from './charClass';
import { COMMON_WORDS } from './commonWords';
import { IN_PLACE, type Locate, Origins } from './rewrite';

/** Letters of other scripts that look Latin; they count only inside a word that also has Latin letters. */
const PAIRS =
	'аaеeоoрpсcхxуyіiјjѕsһhԁdԛqԝwкkмmтtвbнnгrпnԍgӏlъbьbзeчuпn' +
	'αaοoνvιiρpτtκkυuχxεeηnωwσoγyβbμuζzςc' +
	'ոnսuօoհhցgզqքpաwոnօoլlյjէtժdտsռn';
/** The same of scripts and letters that nobody needs beside: they are always read as Latin. */
const ALWAYS_PAIRS =
	'ɑaɡgıiɩiʟlɴnʀrɪiʙbɢgʜhʏyᴀaᴄcᴅdᴇeᴊjᴋkᴍmᴏoᴘpꜰfꜱsᴛtᴜuᴠvᴡwᴢzꞯqɾrʋvɯmƽsƨsƅbᴑoօoøođdħhłlŧtƀbɨiɵoʉuʂsƒfƙkɓbɗdɠgƈcɦhƥpƭtʠqʍw' +
	'ⲁaⲃbⲉeⲏhⲓiⲕkⲙmⲛnⲟoⲣpⲥcⲧtⲩyⲭxⲍz' +
	'ꭰdꭱrꭲtꭵiꭺaꭻjꭼeꮃwꮇmꮋhꮐgꮓzꮪsꮩvꮮlꮯcꮲpꮶkᏼbꮍyꭹyꮜuꮟbꮷdꮤwꮢr' +
	'ꓮaꓐbꓚcꓓdꓰeꓝfꓖgꓧhꓲiꓙjꓗkꓡlꓟmꓠnꓳoꓑpꓣrꓢsꓔtꓴuꓦvꓪwꓫxꓬyꓜz';

const FIRST_ALIKE = 0x370;
const LAST_ALIKE = 0x58f;
const ALIKE = new Uint16Array(LAST_ALIKE - FIRST_ALIKE + 1);
for (const [from, to] of pairsOf(PAIRS)) {
	ALIKE[from - FIRST_ALIKE] = to;
}
const ALWAYS = new Map(pairsOf(ALWAYS_PAIRS));

function pairsOf(all: string): readonly (readonly [number, number])[] {
	const units = Array.from(all, char => char.charCodeAt(0));
	return units.flatMap((unit, at) => (at % 2 === 0 ? [[unit, units[at + 1] ?? 0] as const] : []));
}

/** By UTF-16 unit: what one unit becomes; 0 where that is not known yet, {@link SPECIAL} where it is not one unit. */
const TABLE = new Uint16Array(65_536);
const SPECIAL = 0xffff;
/** What becomes of what is not in the table. Bounded by the number of code points that are no single unit or special. */
const specials = new Map<number, string>();
const MOST_SPECIALS = 16_384;

const MARKS = new RegExp(charClass('300-36f 483-489 1ab0-1aff 1dc0-1dff 20d0-20ff fe20-fe2f'), 'gu');
const DECODER = new TextDecoder('utf-16le', { ignoreBOM: true });

/** A text as it is compared, and the way back. */
export interface Folded {
	readonly text: string;
	readonly locate: Locate;
}

/**
 * Lower case, compatibility forms, Latin letters without marks, no invisible characters, look-alikes in Latin words as the
 * letters they look like. Linear in the length. The text is attacker-controlled.
 */
export function foldUnits(text: string): Folded {
	let out = new Uint16Array(text.length + 32);
	const origins = new Origins();
	let length = 0;
	let shift: number | undefined;
	let alike = false;
	for (let at = 0; at < text.length;) {
		const unit = text.charCodeAt(at);
		const one = unit < 128 ? (unit >= 0x41 && unit <= 0x5a ? unit + 32 : unit) : (TABLE[unit] as number);
		if (one !== 0 ? one !== SPECIAL : unit === 0) {
			if (shift !== at - length) {
				origins.copied(length, at);
				shift = at - length;
			}
			alike ||= one >= FIRST_ALIKE && one <= LAST_ALIKE;
			out[length++] = one;
			at++;
			continue;
		}
		const code = text.codePointAt(at) ?? unit;
		const width = code > 0xffff ? 2 : 1;
		const by = becomes(code);
		if (length + by.length + text.length - at > out.length) {
			const wider = new Uint16Array(out.length + (out.length >> 1) + by.length);
			wider.set(out);
			out = wider;
		}
		if (by !== '' && (by.length !== width || shift !== at - length)) {
			origins.made(length, at, width);
			shift = undefined;
		}
		for (let index = 0; index < by.length; index++) {
			out[length++] = by.charCodeAt(index);
		}
		at += width;
	}
	if (alike) {
		readAlike(out, length);
	}
	return { text: DECODER.decode(out.subarray(0, length)), locate: length === 0 ? IN_PLACE : origins.locate };
}

/** What one code point becomes; remembers it. */
function becomes(code: number): string {
	const known = specials.get(code);
	if (known !== undefined) {
		return known;
	}
	const result = foldOne(String.fromCodePoint(code));
	const one = result.length === 1 ? result.charCodeAt(0) : SPECIAL;
	// INVARIANT: what begins a pair is never in the table, whatever it is alone: it would hide what the pair is.
	const isUnit = code <= 0xffff && (code < 0xd800 || code > 0xdfff);
	if (isUnit && one !== SPECIAL && one !== 0) {
		TABLE[code] = one;
	} else if (specials.size < MOST_SPECIALS) {
		specials.set(code, result);
		if (isUnit) {
			TABLE[code] = SPECIAL;
		}
	}
	return result;
}

function foldOne(char: string): string {
	if (isInvisible(char)) {
		return '';
	}
	const code = char.codePointAt(0) ?? 0;
	const boxed = boxedLetter(code);
	if (boxed !== undefined) {
		return boxed;
	}
	const compatible = char.normalize('NFKC');
	const base = compatible.normalize('NFKD').replace(MARKS, '');
	if (base === '') {
		return '';
	}
	const lower = (/^[A-Za-z]+$/.test(base) ? base : compatible).toLowerCase();
	const alike = lower.length === 1 ? ALWAYS.get(lower.charCodeAt(0)) : undefined;
	// 'İ' in lower case is an i and a dot.
	return alike === undefined ? lower.replaceAll('\u0307', '') : String.fromCharCode(alike);
}

/** Letters in boxes and the letters of flags, which have no compatibility form. */
function boxedLetter(code: number): string | undefined {
	const first = [0x1f150, 0x1f170, 0x1f1e6].find(begin => code >= begin && code < begin + 26);
	return first === undefined ? undefined : String.fromCharCode(0x61 + code - first);
}

/** Rewrites look-alikes in place, word by word. */
function readAlike(units: Uint16Array, length: number): void {
	let begin = 0;
	let latin = false;
	let foreign = 0;
	let readable = 0;
	for (let at = 0; at <= length; at++) {
		const unit = at < length ? (units[at] as number) : 0;
		const isLatin = unit >= 0x61 && unit <= 0x7a;
		if (isLatin || (unit >= FIRST_ALIKE && unit <= LAST_ALIKE)) {
			latin ||= isLatin;
			foreign += isLatin ? 0 : 1;
			readable += !isLatin && ALIKE[unit - FIRST_ALIKE] !== 0 ? 1 : 0;
			continue;
		}
		if (foreign > 0 && (latin || (readable === foreign && isCommon(units, begin, at)))) {
			for (let index = begin; index < at; index++) {
				units[index] = alikeOf(units[index] as number);
			}
		}
		begin = at + 1;
		latin = false;
		foreign = 0;
		readable = 0;
	}
}

/** True where a word wholly of look-alikes reads as a common English one. */
function isCommon(units: Uint16Array, begin: number, end: number): boolean {
	if (end - begin < 3 || end - begin > 16) {
		return false;
	}
	return COMMON_WORDS.has(
		Array.from(units.subarray(begin, end), unit => String.fromCharCode(alikeOf(unit))).join(''),
	);
}

function alikeOf(unit: number): number {
	return (unit >= FIRST_ALIKE && unit <= LAST_ALIKE && ALIKE[unit - FIRST_ALIKE]) || unit;
}
