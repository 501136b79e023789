import { isJsonArray, isJsonObject, type JsonObject, type JsonValue, pointerToken } from '../../base/json';
import { nameTokens } from './nameTokens';
import { type UrlFact } from './urlFact';
import { readUrl } from './urlReadings';

/** More URLs than this in one call are not read; the call then has one URL that cannot be judged. */
const MAX_URLS = 256;

const words = (text: string): ReadonlySet<string> => new Set(text.split(' '));

const URL_WORDS = words(
	'url urls uri uris href link links endpoint endpoints host hosts hostname hostnames domain domains origin origins ' +
		'webhook webhooks callback site sites website proxy ip baseurl',
);
const NOT_URL_WORDS = words('type types id ids name title text description count limit format template');
const CONTENT_WORDS = words(
	'content contents text body message data description comment comments title thought html markdown summary note ' +
		'notes subject prompt query value',
);
const WHOLE = /^(?:[a-z][a-z0-9+.-]+:[\\/]{2}|(?:https?|wss?|ftp):)/i;
/** Where a URL starts inside of other text; each start is read by itself, for one URL may hold another. */
const START = /[a-z][a-z0-9+.-]{1,20}:[\\/]{2}/gi;
const END = /[\s"'<>`|)\]}]/;
/** A URL inside of text is read so far; its host stands in front. */
const MAX_INNER = 2048;

/** Every URL in attacker-controlled arguments, at any depth: whole leaves, leaves under keys that name one, and inside text. */
export function findUrls(args: JsonObject): readonly UrlFact[] {
	const found: UrlFact[] = [];
	visit(args, { named: false, content: false }, '', found);
	return found.length <= MAX_URLS
		? found
		: [...found.slice(0, MAX_URLS), { pointer: '', destination: true, readings: [], problem: 'too-many' }];
}

interface KeyKind {
	readonly named: boolean;
	readonly content: boolean;
}

function visit(value: JsonValue | undefined, kind: KeyKind, pointer: string, found: UrlFact[]): void {
	if (found.length > MAX_URLS) {
		return;
	}
	if (typeof value === 'string') {
		readLeaf(value, kind, pointer, found);
	} else if (isJsonArray(value)) {
		value.forEach((item, index) => {
			visit(item, kind, `${pointer}/${String(index)}`, found);
		});
	} else if (isJsonObject(value)) {
		for (const [key, item] of Object.entries(value)) {
			visit(item, kindOfKey(key), `${pointer}/${pointerToken(key)}`, found);
		}
	}
}

function kindOfKey(key: string): KeyKind {
	const tokens = nameTokens(key);
	const last = tokens.at(-1) ?? '';
	return {
		named: tokens.some(token => URL_WORDS.has(token)) && !NOT_URL_WORDS.has(last),
		content: CONTENT_WORDS.has(last),
	};
}

function readLeaf(leaf: string, kind: KeyKind, pointer: string, found: UrlFact[]): void {
	const text = leaf.trim();
	if (text === '') {
		return;
	}
	const colon = /:|%3a|%253a/i.test(text);
	const prose = kind.content && /\s/.test(text);
	const whole = !prose && colon && WHOLE.test(opened(text));
	const bare = !whole && kind.named && !/^(?:[/\\](?![/\\])|[?#.])/.test(text);
	if (whole || bare) {
		found.push({ pointer, destination: true, ...readUrl(text, bare) });
	}
	if (!colon) {
		return;
	}
	const plain = opened(text);
	for (const { index } of plain.matchAll(START)) {
		if (found.length > MAX_URLS) {
			return;
		}
		if (index > 0 || !(whole || bare)) {
			const rest = plain.slice(index, index + MAX_INNER);
			const end = rest.search(END);
			const url = end < 0 ? rest : rest.slice(0, end);
			found.push({ pointer, destination: !whole && !bare && !kind.content, ...readUrl(url, false) });
		}
	}
}

/** Enough of percent-decoding to see where a URL starts; reading it decodes everything. */
function opened(text: string): string {
	const tidy = text.replace(/[\t\n\r]/g, match => (match === '\t' ? '' : match));
	return tidy.includes('%')
		? tidy.replace(/%(?:25)*(3a|2f|5c)/gi, (_all, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
		: tidy;
}
