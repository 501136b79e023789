import { domainToUnicode } from 'node:url';
import { isJsonArray, isJsonObject, type JsonObject, type JsonValue, pointerToken } from '../base/json';
import { urlOf } from '../base/urlOf';
import { addressesBehind, classOfHost, hostClassMeaning, isMetadataHost } from '../domain/policy/hostClass';
import { readUrl } from '../domain/policy/urlReadings';
import { nameSkeleton } from '../domain/registry/nameSkeleton';
import { quoteForPerson } from './quote';
import { say } from './say';

/** Addresses that are taken apart; how deep they are looked for; how long they are; parameters of one; a part that is shown whole. */
const MAX_URLS = 32;
const MAX_DEPTH = 16;
const MAX_URL = 65_536;
const MAX_PARAMETERS = 128;
const MAX_PART = 16_384;

const URL_IN_TEXT = /\b[a-z][a-z0-9+.-]{1,20}:[\\/]{2}[^\s"'<>`]+/gi;

interface Found {
	/** JSON pointer. Made of attacker-controlled names. */
	readonly pointer: string;
	readonly url: string;
}

/**
 * Every address in the arguments, taken apart: scheme, user, host and what kind of host it is, port, path, each parameter
 * decoded, fragment. Undefined where there is none. Arguments are attacker-controlled; every part of them is quoted.
 */
export function urlsDocument(args: JsonObject): string | undefined {
	const found: Found[] = [];
	collect(args, '', 0, found);
	if (found.length === 0) {
		return undefined;
	}
	const shown = found.slice(0, MAX_URLS);
	return [
		say('The addresses of this call, taken apart. Nobody was asked for them. Parts are quoted, not verified.'),
		...shown.map(section),
		...(found.length > shown.length ? [say('… and more: see the arguments.')] : []),
		'',
	].join('\n\n');
}

function section({ pointer, url }: Found): string {
	const head = [say('At {0} of the arguments:', quoteForPerson(pointer, 1_000)), `  ${quoted(url)}`];
	const parsed = parse(url);
	const disagree = readUrl(url, false).problem !== undefined;
	const warning = disagree
		? [`  ${say('! Programs may disagree about where this leads; the firewall allows no such address.')}`]
		: [];
	if (parsed === undefined) {
		return [...head, `  ${say('! This cannot be read as an address.')}`, ...warning].join('\n');
	}
	return [...head, ...partsOf(parsed, url), ...warning].join('\n');
}

function partsOf(url: URL, written: string): readonly string[] {
	const rows: (readonly [string, string])[] = [['scheme', quoted(url.protocol.replace(/:$/, ''))]];
	if (url.username !== '' || url.password !== '') {
		rows.push(['user', say('{0}  ← stands before the host and is no part of it', quoted(decoded(url.username)))]);
	}
	if (url.password !== '') {
		rows.push(['password', quoted(decoded(url.password))]);
	}
	if (url.hostname !== '') {
		rows.push(['host', quoted(url.hostname)], ...hostNotes(url.hostname, written).map(note => ['', note] as const));
		rows.push(['port', url.port === '' ? say('the usual one of the scheme') : quoted(url.port)]);
	}
	const segments = url.pathname.split('/').filter(segment => segment !== '');
	rows.push(['path', segments.length === 0 ? 'none' : quoted(decoded(url.pathname))]);
	if (segments.some(segment => decoded(segment).includes('/') || decoded(segment).includes('\\'))) {
		rows.push(['', say('! A part of the path holds a slash of its own.')]);
	}
	const parameters = [...url.searchParams];
	for (const [name, value] of parameters.slice(0, MAX_PARAMETERS)) {
		rows.push(['parameter', `${quoted(name)} = ${quoted(value)}`]);
	}
	if (parameters.length > MAX_PARAMETERS) {
		rows.push(['', say('… and {0} more parameters: see the arguments.', parameters.length - MAX_PARAMETERS)]);
	}
	if (url.hash !== '') {
		rows.push(['fragment', say('{0}  ← stays with the program, is not sent', quoted(decoded(url.hash.slice(1))))]);
	}
	return rows.map(([name, text]) => `    ${name.padEnd(10)}${text}`);
}

/** What a person should know of a canonical host: its class, another spelling, addresses inside of it. */
function hostNotes(hostname: string, written: string): readonly string[] {
	const host = hostname.replace(/\.$/, '');
	const unicode = domainToUnicode(host);
	const international = unicode !== '' && unicode !== host;
	const skeleton = nameSkeleton(unicode);
	const kind = classOfHost(host.toLowerCase());
	return [
		meaningOf(kind),
		...(isMetadataHost(host) ? [`! ${meaningOf('metadata')}`] : []),
		...(international
			? [
					say('! Shown to people as {0}: letters that are not ASCII.', quoted(unicode)),
					say('! A hurried reader may take it for {0}.', quoted(skeleton)),
				]
			: []),
		...(!written.toLowerCase().includes(host.toLowerCase()) && !international
			? [say('! It is written another way in the call; this is where it leads.')]
			: []),
		...addressesBehind(host).map(address => say('! Stands for the address {0}.', quoted(address))),
	].filter(note => note !== '');
}

/** The domain's sentence about a kind of host, in the language of the editor. */
function meaningOf(kind: Parameters<typeof hostClassMeaning>[0]): string {
	const meaning = hostClassMeaning(kind);
	return meaning === undefined ? '' : say(meaning);
}

function parse(url: string): URL | undefined {
	return url.length <= MAX_URL ? urlOf(url) : undefined;
}

function decoded(text: string): string {
	try {
		return decodeURIComponent(text);
	} catch {
		return text;
	}
}

/** Between marks that the text itself cannot have, so that it cannot pass for a line or a note of ours. */
function quoted(text: string): string {
	return `“${quoteForPerson(text, MAX_PART).replace(/[“”]/g, '"')}”`;
}

function collect(value: JsonValue | undefined, pointer: string, depth: number, found: Found[]): void {
	if (depth > MAX_DEPTH || found.length > MAX_URLS) {
		return;
	}
	if (typeof value === 'string') {
		const whole = value.trim();
		const urls = /^[a-z][a-z0-9+.-]{1,20}:[\\/]{2}\S*$/i.test(whole)
			? [whole]
			: [...value.matchAll(URL_IN_TEXT)].map(([url]) => url);
		found.push(...urls.slice(0, MAX_URLS + 1).map(url => ({ pointer, url })));
	} else if (isJsonArray(value)) {
		value.forEach((item, index) => {
			collect(item, `${pointer}/${String(index)}`, depth + 1, found);
		});
	} else if (isJsonObject(value)) {
		for (const [name, item] of Object.entries(value)) {
			collect(item, `${pointer}/${pointerToken(name)}`, depth + 1, found);
		}
	}
}
