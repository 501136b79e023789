import { type Steps } from '../../../base/steps';
import { namedEntity } from './entities';
import {
	BARE_TAG,
	byteAt,
	charOf,
	COMMENT,
	CONTROL_SEQUENCE,
	EMPTY_COMMENT,
	FULL_TAG,
	hexOf,
	isLetter,
	OS_COMMAND,
} from './escapeShapes';
import { chain, IN_PLACE, type Locate, Rewrite } from './rewrite';

/** Times a text is read again because what an escape stood for was the beginning of another. */
const MOST_ROUNDS = 8;
/** Characters between two pauses. */
const SLICE = 65_536;

const TAB = 9;
const LF = 10;
const CR = 13;
const ESC = 27;
const BACKSPACE = 8;

/** By UTF-16 unit below 128: 1 where an escape may begin, whatever else the text holds. */
const SIGNS = new Uint8Array(128);
for (let unit = 0; unit < 32; unit++) {
	SIGNS[unit] = unit === TAB || unit === LF || unit === CR ? 0 : 1;
}
for (const sign of '\\&%<\u007f') {
	SIGNS[sign.charCodeAt(0)] = 1;
}

// eslint-disable-next-line no-control-regex -- control characters hide words from filters
const CONTROLS = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/;
/** Quoted-printable (RFC 2045 §6.7) as mail has it; a lone `=20` in code is not. */
const QUOTED_PRINTABLE =
	/(?:=[0-9A-F]{2}){3}|[A-Za-z]=20[A-Za-z][^=]{0,80}=20[A-Za-z]|[A-Za-z]=\r?\n[A-Za-z]|=3D[^=]{0,80}=20/;
/** What stands between the halves of a word and is not seen, or is decoration. */
const WORD_BREAK = /-[ \t]{0,8}\r?\n[ \t]{0,80}|\/\*[^*\n]{0,40}\*\/|\*{2,3}|~~|\|\||``|\\\r?\n[ \t]{0,80}/y;

const ALWAYS_SIGNS = ['\\', '&', '%', '<'];
const BREAKS = ['-\n', '-\r', '- \n', '/*', '**', '~~', '||', '``'];

/** By UTF-16 unit below 128: 1 where an escape may begin in this text; undefined where there is none. */
function* signsIn(text: string): Steps<Uint8Array | undefined> {
	let [any, broken, quoted] = [false, false, false];
	for (let from = 0; from < text.length; from += SLICE) {
		const piece = text.length <= SLICE ? text : text.slice(from, from + SLICE + 256);
		any ||= ALWAYS_SIGNS.some(sign => piece.includes(sign)) || CONTROLS.test(piece);
		broken ||= BREAKS.some(sign => piece.includes(sign));
		quoted ||= piece.includes('=') && QUOTED_PRINTABLE.test(piece);
		yield;
	}
	if (!any && !broken && !quoted) {
		return undefined;
	}
	const signs = SIGNS.slice();
	for (const sign of `${broken ? '-/*~|`' : ''}${quoted ? '=' : ''}`) {
		signs[sign.charCodeAt(0)] = 1;
	}
	return signs;
}

/** A text without its escapes. */
export interface Unescaped {
	readonly text: string;
	readonly locate: Locate;
	/** False when something was still escaped after the last round. */
	readonly complete: boolean;
}

/**
 * A text with its escapes resolved, to a fixpoint: JSON, JavaScript and C escapes at any depth, HTML references and tags
 * inside words, percent and quoted-printable, terminal sequences, control characters, words broken over lines. Linear
 * in the length. The text is attacker-controlled.
 */
export function* unescapeSteps(text: string): Steps<Unescaped> {
	let current: { readonly text: string; readonly locate: Locate } = { text, locate: IN_PLACE };
	for (let round = 0; round < MOST_ROUNDS; round++) {
		const signs = yield* signsIn(current.text);
		if (signs === undefined) {
			return { ...current, complete: true };
		}
		const next = yield* new Unescaper(current.text, signs).steps();
		if (next === undefined) {
			return { ...current, complete: true };
		}
		current = { text: next.text, locate: chain(current.locate, next.locate) };
	}
	return { ...current, complete: !/\\u[0-9a-fA-F]{4}|&#\d|%[2-7][0-9A-Fa-f]/.test(current.text) };
}

/** What stands at a place: how far it goes, and what it stands for. */
interface Escape {
	readonly end: number;
	readonly by: string;
	readonly start?: number;
}

class Unescaper {
	constructor(
		private readonly text: string,
		private readonly signs: Uint8Array,
	) {}

	/** One reading from the beginning to the end; undefined where there was nothing to resolve. */
	*steps(): Steps<{ readonly text: string; readonly locate: Locate } | undefined> {
		const { text, signs } = this;
		const rewrite = new Rewrite(text);
		let changed = false;
		let pause = SLICE;
		for (let at = 0; at < text.length; at++) {
			if (at >= pause) {
				pause += SLICE;
				yield;
			}
			const unit = text.charCodeAt(at);
			if (unit < 128 && signs[unit] === 1) {
				const escape = this.read(at, unit);
				if (escape !== undefined) {
					changed = true;
					rewrite.replace(escape.start ?? at, escape.end, escape.by);
					at = escape.end - 1;
				} else if (unit === 0x5c) {
					// A row of backslashes is one thing, and looked at once.
					at = this.skip(at, '\\') - 1;
				}
			}
		}
		return changed ? rewrite.finish() : undefined;
	}

	private read(at: number, unit: number): Escape | undefined {
		switch (unit) {
			case 0x5c:
				return this.wordBreak(at) ?? this.backslash(at);
			case 0x26:
				return this.reference(at);
			case 0x25:
				return this.percent(at);
			case 0x3c:
				return this.tag(at);
			case 0x3d:
				return this.quotedPrintable(at);
			case ESC:
				return this.terminal(at);
			case BACKSPACE:
				return { start: at - 1, end: at + 1, by: '' };
			default:
				return unit < 32 || unit === 127 ? { end: at + 1, by: '' } : this.wordBreak(at);
		}
	}

	private backslash(at: number): Escape | undefined {
		const { text } = this;
		const body = this.skip(at, '\\');
		const letter = text[body] ?? '';
		if ('nrtfv'.includes(letter)) {
			return letter === '' ? undefined : { end: body + 1, by: '\n' };
		}
		if ('"\'/`'.includes(letter)) {
			return { end: body + 1, by: letter };
		}
		const [, code, end] = hexOf(text, body);
		if (code !== undefined && end !== undefined) {
			return { end, by: charOf(code) };
		}
		const octal = /^[0-3][0-7]{2}/.exec(text.slice(body, body + 3))?.[0];
		const value = octal === undefined ? 0 : Number.parseInt(octal, 8);
		if (value >= 32 || value === ESC) {
			return { end: body + 3, by: charOf(value) };
		}
		// `\e[`: a terminal sequence as shells write it.
		return letter === 'e' && text[body + 1] === '[' ? { end: body + 1, by: '\u001b' } : undefined;
	}

	private reference(at: number): Escape | undefined {
		const { text } = this;
		let body = at + 1;
		while (text.startsWith('amp;', body)) {
			body += 4;
		}
		const ahead = text.slice(body, body + 34);
		const numeric = /^#(?:[xX]([0-9A-Fa-f]{1,6})|(\d{1,7}));?/.exec(ahead);
		if (numeric) {
			const code = numeric[1] === undefined ? Number(numeric[2]) : Number.parseInt(numeric[1], 16);
			return code > 0x10ffff ? undefined : { end: body + numeric[0].length, by: charOf(code) };
		}
		const name = /^([A-Za-z][A-Za-z0-9]{1,30});/.exec(ahead)?.[1];
		const by = name === undefined ? undefined : namedEntity(name);
		if (name === undefined || by === undefined) {
			return body > at + 1 ? { end: body, by: '&' } : undefined;
		}
		return { end: body + name.length + 1, by };
	}

	private percent(at: number): Escape | undefined {
		const { text } = this;
		const wide = /^%u([0-9A-Fa-f]{4})/.exec(text.slice(at, at + 6))?.[1];
		if (wide !== undefined) {
			return { end: at + 6, by: charOf(Number.parseInt(wide, 16)) };
		}
		let body = at + 1;
		while (text.startsWith('25', body) && /^[0-9A-Fa-f]{2}/.test(text.slice(body + 2, body + 4))) {
			body += 2;
		}
		return this.bytes(body, '%');
	}

	private quotedPrintable(at: number): Escape | undefined {
		const soft = /^=[ \t]{0,8}\r?\n/.exec(this.text.slice(at, at + 12))?.[0];
		return soft === undefined ? this.bytes(at + 1, '=') : { end: at + soft.length, by: '' };
	}

	/** One character in UTF-8, its first byte at `at` and a `mark` before each further one. */
	private bytes(at: number, mark: string): Escape | undefined {
		const { text } = this;
		const first = byteAt(text, at);
		if (first === undefined || (first < 32 && first !== TAB && first !== LF && first !== CR)) {
			return undefined;
		}
		if (first < 128) {
			return { end: at + 2, by: String.fromCharCode(first) };
		}
		const more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : first >= 0xc2 ? 1 : 0;
		let code = first & (0x3f >> more);
		let end = at + 2;
		for (let step = 0; step < more; step++, end += 3) {
			const byte = text[end] === mark ? byteAt(text, end + 1) : undefined;
			if (byte === undefined || byte >> 6 !== 2) {
				return undefined;
			}
			code = (code << 6) | (byte & 0x3f);
		}
		return more === 0 || code > 0x10ffff ? undefined : { end, by: charOf(code) };
	}

	/** Formatting that a reader of the page does not see: always where it is bare, with attributes inside a word. */
	private tag(at: number): Escape | undefined {
		const { text } = this;
		const ahead = text.slice(at, at + 132);
		const bare = BARE_TAG.exec(ahead)?.[0] ?? EMPTY_COMMENT.exec(ahead)?.[0];
		if (bare !== undefined) {
			return { end: at + bare.length, by: '' };
		}
		const within = isLetter(text, at - 1);
		// How a whole word looks may be meant to hide it: that is for a rule to see.
		const formatted = FULL_TAG.exec(ahead)?.[0];
		const harmless = within || !/style|hidden/i.test(formatted ?? '') ? formatted : undefined;
		const full = harmless ?? (within ? COMMENT.exec(ahead)?.[0] : undefined);
		return full !== undefined && (isLetter(text, at + full.length) || text[at + full.length] === '<')
			? { end: at + full.length, by: '' }
			: undefined;
	}

	/** Control sequences (ECMA-48 §5.4) show nothing; what an operating system command carries stays. */
	private terminal(at: number): Escape {
		const { text } = this;
		const sequence = CONTROL_SEQUENCE.exec(text.slice(at, at + 48))?.[0];
		if (sequence !== undefined) {
			return { end: at + sequence.length, by: '' };
		}
		const command = OS_COMMAND.exec(text.slice(at, at + 96))?.[0];
		return command === undefined
			? { end: Math.min(at + (/[\]P^_\\X]/.test(text[at + 1] ?? '') ? 2 : 1), text.length), by: '\n' }
			: { end: at + command.length, by: '' };
	}

	private wordBreak(at: number): Escape | undefined {
		const { text } = this;
		if (!isLetter(text, at - 1)) {
			return undefined;
		}
		WORD_BREAK.lastIndex = at;
		const found = WORD_BREAK.exec(text)?.[0];
		const end = at + (found?.length ?? 0);
		return found !== undefined && isLetter(text, end) ? { end, by: '' } : undefined;
	}

	private skip(at: number, char: string): number {
		let end = at;
		while (this.text[end] === char) {
			end++;
		}
		return end;
	}
}
