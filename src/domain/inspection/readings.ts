import { decodeRuns } from './decodeRuns';

/** What a text says, or a stretch of it once its encoding is taken off. */
export interface Reading {
	readonly text: string;
	/** The encoded stretch of the text, UTF-16 offsets; absent for the text itself. */
	readonly span?: { readonly start: number; readonly end: number };
}

/** Encodings of encodings are opened so far. */
const MAX_LAYERS = 3;
/** Characters of decoded text, in all. */
const BUDGET = 262_144;
const ESCAPED = /\\u[0-9A-Fa-f]{4}|\\x[0-9A-Fa-f]{2}|%[0-9A-Fa-f]{2}|&#(?:x[0-9A-Fa-f]{1,6}|\d{1,7});/;
/** A stretch without a space that may have escapes in it: one alternative for each first character, nothing behind. */
const STRETCH =
	/(?:[^\s"'<>\\%&]|\\u[0-9A-Fa-f]{4}|\\x[0-9A-Fa-f]{2}|%[0-9A-Fa-f]{2}|&#(?:x[0-9A-Fa-f]{1,6}|\d{1,7});)+/g;
const EVERY_ESCAPE = new RegExp(ESCAPED.source, 'g');
/** The shortest stretches whose text can matter. */
const LEAST = 8;

/**
 * The text, and what its escapes (percent, JSON, HTML), base64 and hex say, through encodings of encodings. Attacker-controlled;
 * linear, with a budget for what is decoded.
 */
export function readings(text: string): readonly Reading[] {
	const found: Reading[] = [{ text }];
	let layer: readonly Reading[] = found;
	let left = BUDGET;
	for (let depth = 0; depth < MAX_LAYERS && layer.length > 0; depth++) {
		const next: Reading[] = [];
		for (const { text: outer, span } of layer) {
			for (const inner of [...unescaped(outer, left), ...decodedRuns(outer, left)]) {
				left -= inner.text.length;
				if (left < 0) {
					return found;
				}
				next.push({ text: inner.text, span: span ?? inner.span });
			}
		}
		found.push(...next);
		layer = next;
	}
	return found;
}

interface Opened {
	readonly text: string;
	readonly span: { readonly start: number; readonly end: number };
}

function unescaped(text: string, budget: number): readonly Opened[] {
	if (!ESCAPED.test(text)) {
		return [];
	}
	const found: Opened[] = [];
	let left = budget;
	for (const { 0: stretch, index } of text.matchAll(STRETCH)) {
		if (left <= 0) {
			break;
		}
		if (stretch.length >= LEAST && ESCAPED.test(stretch)) {
			const inner = withoutEscapes(stretch);
			left -= inner.length;
			found.push({ text: inner, span: { start: index, end: index + stretch.length } });
		}
	}
	return found;
}

/** Bytes of UTF-8 beyond ASCII stay apart; what is looked for is ASCII. */
function withoutEscapes(stretch: string): string {
	return stretch.replace(EVERY_ESCAPE, escape => {
		if (escape.startsWith('&#')) {
			const body = escape.slice(2, -1);
			const code = body.startsWith('x') ? Number.parseInt(body.slice(1), 16) : Number.parseInt(body, 10);
			return code <= 0x10ffff ? String.fromCodePoint(code) : '';
		}
		return String.fromCharCode(Number.parseInt(escape.replace(/^\\?[ux%]/, ''), 16));
	});
}

function decodedRuns(text: string, budget: number): readonly Opened[] {
	return decodeRuns(text, Math.max(0, budget)).runs.map(run => ({
		text: run.text,
		span: { start: run.start, end: run.end },
	}));
}
