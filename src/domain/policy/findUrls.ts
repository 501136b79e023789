import { isJsonArray, isJsonObject, type JsonObject, type JsonValue, pointerToken } from '../../base/json';
import { hasHostLook, hostsOfDsn, isAddress, isPlainWord } from './hostLook';
import { type UrlFact } from './urlFact';
import { NO_KEY, readUrlKey, takesNumber, type UrlKey } from './urlKeys';
import { readUrl } from './urlReadings';

/** More URLs than this in one call are not read; the call then has one URL that cannot be judged. */
const MAX_URLS = 256;
/** So many texts under keys that may name a host are looked at; more cannot be judged. */
const MAX_LOOKS = 1024;
/** JSON inside of texts is read so deep, and so many characters of it in one call; what lies beyond cannot be judged. */
const MAX_JSON_DEPTH = 4;
const MAX_JSON_TEXT = 262_144;
const MAX_NESTING = 64;

const WHOLE = /^(?:[a-z][a-z0-9+.-]+:[\\/]{2}|(?:https?|wss?|ftp):)/i;
/** Where a URL starts inside of other text; each start is read by itself, for one URL may hold another. */
const START = /[a-z][a-z0-9+.-]{1,20}:[\\/]{2}|(?:https?|wss?|ftp):(?=[\w[%@])(?!\d{1,5}(?:[^\d.]|$))/gi;
const END = /[\s"'<>`|)\]}]/;
/** A URL inside of text is read so far; its host stands in front. */
const MAX_INNER = 2048;
/** Smaller numbers are counts and versions: no machine answers at 0.x.y.z. */
const LEAST_ADDRESS = 0x1_00_00_00;

/**
 * Every URL and host in attacker-controlled arguments, at any depth, in keys and in JSON inside of texts too: whole
 * leaves, leaves under keys that name one or may, addresses under any key, and URLs inside of text.
 */
export function findUrls(args: JsonObject): readonly UrlFact[] {
	const search: Search = { found: [], budget: MAX_JSON_TEXT, looks: MAX_LOOKS };
	visit(args, NO_KEY, '', search, 0);
	const { found } = search;
	return found.length <= MAX_URLS
		? found
		: [...found.slice(0, MAX_URLS), { pointer: '', destination: true, readings: [], problem: 'too-many' }];
}

interface Search {
	readonly found: UrlFact[];
	/** Characters of JSON inside of texts that may still be read. */
	budget: number;
	/** Texts that may still be looked at as hosts. */
	looks: number;
}

function visit(value: JsonValue | undefined, key: UrlKey, pointer: string, search: Search, depth: number): void {
	if (search.found.length > MAX_URLS) {
		return;
	}
	if (typeof value === 'string') {
		readLeaf(value, key, pointer, search, depth);
	} else if (typeof value === 'number') {
		readNumber(value, key, pointer, search.found);
	} else if (isJsonArray(value)) {
		value.forEach((item, index) => {
			visit(item, key, `${pointer}/${String(index)}`, search, depth);
		});
	} else if (isJsonObject(value)) {
		// What stands around an object names no text in it, but may still be about a host.
		const inner = { ...NO_KEY, hinted: key.named || key.hinted, content: key.content };
		for (const [name, item] of Object.entries(value)) {
			const at = `${pointer}/${pointerToken(name)}`;
			readText(name, inner, at, search);
			visit(item, readUrlKey(name, key), at, search, depth);
		}
	}
}

/** URL parsers take `2852039166` and `127.1` for IPv4 addresses (WHATWG URL §3.5); servers hand them numbers as texts. */
function readNumber(value: number, key: UrlKey, pointer: string, found: UrlFact[]): void {
	if ((!key.named && !key.hinted) || !takesNumber(lastKey(pointer))) {
		return;
	}
	const address = Number.isInteger(value) ? value >= LEAST_ADDRESS && value < 2 ** 32 : value >= 1;
	if (address || (value === 0 && key.named)) {
		found.push({ pointer, ...asKey(key), ...readUrl(String(value), true) });
	}
}

function lastKey(pointer: string): string {
	return (
		pointer
			.split('/')
			.filter(token => !/^\d+$/.test(token))
			.at(-1) ?? ''
	);
}

function asKey(key: UrlKey): Pick<UrlFact, 'destination' | 'possible'> {
	return key.named ? { destination: true } : { destination: false, ...(!key.content && { possible: true }) };
}

function readLeaf(leaf: string, key: UrlKey, pointer: string, search: Search, depth: number): void {
	const text = leaf.trim();
	if (/^[{[]/.test(text) && /[\]}]$/.test(text)) {
		const from = search.found.length;
		if (depth >= MAX_JSON_DEPTH || text.length > search.budget || isDeep(text)) {
			search.found.push({ pointer, destination: !key.content, readings: [], problem: 'unreadable' });
		} else {
			search.budget -= text.length;
			visit(parsed(text), key, pointer, search, depth + 1);
		}
		if (key.content) {
			// What is sent as data goes nowhere by itself.
			const facts = search.found.splice(from);
			search.found.push(
				...facts.map(({ readings, problem }) => ({
					pointer,
					destination: false,
					readings,
					...(problem !== undefined && { problem }),
				})),
			);
		}
	}
	readText(text, key, pointer, search);
}

/** What a text holds that is JSON by itself, which servers often take apart; its escapes would hide a URL. */
function parsed(text: string): JsonValue | undefined {
	try {
		return JSON.parse(text) as JsonValue;
	} catch {
		return undefined;
	}
}

/** Brackets inside of strings count too, so that nothing deep is ever taken for flat. */
function isDeep(text: string): boolean {
	let level = 0;
	for (const [char] of text.matchAll(/[[\]{}]/g)) {
		level += char === '[' || char === '{' ? 1 : -1;
		if (level > MAX_NESTING) {
			return true;
		}
	}
	return false;
}

function readText(leaf: string, key: UrlKey, pointer: string, search: Search): void {
	const { found } = search;
	const text = leaf.trim();
	const near = key.named || key.hinted;
	if (text === '' || !(near ? mayNameHost(text, key) : /[:.%]/.test(text))) {
		return;
	}
	const colon = /:|%3a|%253a/i.test(text);
	const plain = opened(text);
	const prose = key.content && /\s/.test(text);
	const whole = colon && !prose && WHOLE.test(plain);
	// URL parsers drop line breaks and tabs wherever they stand (WHATWG URL §4.4).
	const broken = colon && !whole && /[\t\n\r]/.test(text) && WHOLE.test(plain.replace(/[\t\n\r]/g, ''));
	const bare = !whole && !broken && key.named && !/^(?:[/\\](?![/\\])|[?#.])/.test(text);
	if (whole || bare || broken) {
		found.push({ pointer, destination: bare || !prose, ...readUrl(text, bare) });
	} else {
		readPossible(text, key, pointer, search);
	}
	for (const { index } of colon ? plain.matchAll(START) : []) {
		if (found.length > MAX_URLS) {
			return;
		}
		if (index > 0 || !(whole || bare)) {
			const rest = plain.slice(index, index + MAX_INNER);
			const end = rest.search(END);
			const url = end < 0 ? rest : rest.slice(0, end);
			found.push({ pointer, destination: !whole && !bare && !key.content, ...readUrl(url, false) });
		}
	}
}

/** What is no URL, but could be a host to some server. */
function readPossible(text: string, key: UrlKey, pointer: string, search: Search): void {
	const { found } = search;
	const near = key.named || key.hinted;
	if (near && --search.looks < 0) {
		if (search.looks === -1) {
			found.push({ pointer, destination: !key.content, readings: [], problem: 'too-many' });
		}
		return;
	}
	const candidates = [...(isAddress(text) || key.whole ? [text] : []), ...(near ? hostsOfDsn(text) : [])];
	if (near && candidates.length === 0 && hasHostLook(text)) {
		candidates.push(text);
	}
	for (const candidate of candidates) {
		const url = readUrl(candidate.replace(/^[/\\?#.@]+/, ''), true);
		if (url.readings.length > 0) {
			found.push({ pointer, destination: false, ...(!key.content && { possible: true as const }), ...url });
		}
	}
}

function mayNameHost(text: string, key: UrlKey): boolean {
	return key.named || key.whole || !isPlainWord(text);
}

/** Enough of percent-decoding to see where a URL starts; reading it decodes everything. */
function opened(text: string): string {
	const tidy = text.replaceAll('\t', '');
	return tidy.includes('%')
		? tidy.replace(/%(?:25)*(3a|2f|5c)/gi, (_all, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
		: tidy;
}
