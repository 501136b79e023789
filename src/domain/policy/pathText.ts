import { type PathProblem } from './facts';

/** Longest path that is judged, in UTF-16 units (PATH_MAX of Linux). */
export const MAX_PATH_LENGTH = 4096;

/** More layers of percent-encoding than this are an attack, not a file name. */
export const MAX_DECODINGS = 8;

/** Control (C0, C1), bidirectional, zero-width and other invisible characters, tags, and halves of surrogate pairs. */
const INVISIBLE =
	/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\u115f\u1160\u200b-\u200f\u3164\uffa0\u{e0000}-\u{e0fff}]|\u034f|\u17b4|\u17b5/u;

/** Characters that are read as a separator or a dot by people, or turned into one by NFKC or best-fit conversions. */
const CONFUSABLE =
	/[\u2024\u2025\u2044\u2215\u2216\u2571\u2572\u27cb\u27cd\u29f5\u29f8\u29f9\ufe52\ufe68\uff0e\uff0f\uff3c]|(?:^|[/\\])\.*\u2026[.\u2026]*(?:$|[/\\])/u;

const EVERY_INVISIBLE = new RegExp(INVISIBLE.source, 'gu');

/** True for printable ASCII alone, in which nothing invisible or confusable can stand. */
export function isPlainAscii(text: string): boolean {
	return /^[\x20-\x7e]*$/.test(text);
}

/** What makes a path text unjudgeable before anything is resolved (gateway.md PATH-09, PATH-10). */
export function textProblem(text: string): PathProblem | undefined {
	if (text.length > MAX_PATH_LENGTH) {
		return 'too-long';
	}
	if (isPlainAscii(text)) {
		return undefined;
	}
	if (INVISIBLE.test(text)) {
		return 'control-character';
	}
	return CONFUSABLE.test(text) ? 'confusable' : undefined;
}

/** The text as a lenient reader could take it: invisible characters dropped, look-alikes folded, no space around. */
export function visibleText(text: string): string {
	return text
		.replace(EVERY_INVISIBLE, '')
		.normalize('NFKC')
		.replace(/[\u2044\u2215]/g, '/')
		.trim();
}

/**
 * What is left of a segment when the dots and spaces at its end go, as Windows lets them. By hand: an expression for the
 * end of the text takes quadratic time over many of them in its middle.
 */
export function withoutDotsBehind(segment: string): string {
	let end = segment.length;
	while (end > 0 && '. '.includes(segment.charAt(end - 1))) {
		end--;
	}
	return segment.slice(0, end);
}

/** A text and every layer of percent-decoding below it (RFC 3986 §2.1), outermost first. */
export type Decoded =
	{ readonly ok: true; readonly layers: readonly string[] } | { readonly ok: false; readonly problem: PathProblem };

/** Decodes to a fixpoint. Overlong UTF-8, `%uXXXX` and too many layers are problems; other stray `%` stay as they are. */
export function decodeLayers(text: string): Decoded {
	const layers = [text];
	for (let current = text; ;) {
		const next = decodeOnce(current);
		if (next === current) {
			return { ok: true, layers };
		}
		if (next === undefined || layers.length > MAX_DECODINGS) {
			return { ok: false, problem: 'confusable' };
		}
		layers.push(next);
		current = next;
	}
}

/** One layer of percent-encoding taken off; undefined for what no honest encoder writes (overlong UTF-8, `%uXXXX`). */
export function decodeOnce(text: string): string | undefined {
	if (!text.includes('%')) {
		return text;
	}
	return /%(?:c[01]|e0%[89]|f0%8|f8%8|fc%8|u[0-9a-f]{4})/i.test(text)
		? undefined
		: text.replace(/(?:%[0-9a-f]{2})+/gi, decodeRun);
}

/** Decodes a run of escapes as far as it is valid UTF-8; single bad bytes stay escaped. */
function decodeRun(run: string): string {
	try {
		return decodeURIComponent(run);
	} catch {
		return run.replace(/%[0-7][0-9a-f]/gi, escape => decodeURIComponent(escape));
	}
}

/** What a text says when read as a URI. `none`: it is no URI. */
export type UriReading =
	| { readonly kind: 'none' }
	| { readonly kind: 'remote' }
	| { readonly kind: 'file'; readonly paths: readonly string[] };

/**
 * Reads `file:` URIs (RFC 8089; host empty or localhost) leniently, as the many parsers of the wild do. Any other scheme
 * of two letters or more names something that is not a local file: `remote`.
 */
export function readUri(text: string): UriReading {
	const scheme = /^([a-z][a-z0-9+.-]+):(.*)$/is.exec(text);
	if (scheme === null) {
		return { kind: 'none' };
	}
	const rest = (scheme[2] ?? '').replaceAll('\\', '/');
	if (scheme[1]?.toLowerCase() !== 'file') {
		return rest.startsWith('//') || /^file:/i.test(rest) ? { kind: 'remote' } : { kind: 'none' };
	}
	const authority = /^\/\/([^/?#]*)/.exec(rest);
	const host = (authority?.[1] ?? '').toLowerCase();
	if (host !== '' && host !== 'localhost' && !/^[a-z](?::|%3a|\|)$/.test(host)) {
		return { kind: 'remote' };
	}
	const path = host === '' || host === 'localhost' ? rest.slice(authority?.[0].length ?? 0) : `/${rest.slice(2)}`;
	const local = path.replace(/^\/+([a-z])(?::|\|)(?=\/|$)/i, '$1:');
	const bare = local.replace(/[?#].*$/s, '');
	return { kind: 'file', paths: bare === local ? [local] : [local, bare] };
}
