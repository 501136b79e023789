import { isUrl } from '../../base/isUrl';
import { authorityEnd, readUrlPattern } from './urlPattern';
import { addressMeant, type WebScheme } from './urlReach';
import { plainPattern, urlTokens } from './urlTokens';

/** A `serverUrl` that can be read and means too little, and what may have been meant instead. */
export interface UnmatchedUrl {
	/** The scheme by which it can match no server; `all`: it can match none at all. */
	readonly missed: WebScheme | 'all';
	/** Entries that mean some server; empty where nothing can be told. */
	readonly instead: readonly string[];
}

/** Longer ones are not looked at: the addresses of servers are short, and a policy may be anybody's. */
const MAX_LENGTH = 300;
const WEB = ['https', 'http'] as const;
const USUAL: ReadonlyMap<string, WebScheme> = new Map([
	['443', 'https'],
	['80', 'http'],
]);

/**
 * Why a `serverUrl` means no server that is reached by http or https, or none of one of the two because it says the port that is left
 * out of addresses; undefined where it can mean one, or is about something else (a socket). Changes nothing of what matches.
 */
export function unmatchedUrl(text: string): UnmatchedUrl | undefined {
	if (text.length > MAX_LENGTH || /^(?:unix|pipe):/i.test(text) || readUrlPattern(text).why !== undefined) {
		return undefined;
	}
	const missed = WEB.filter(scheme => !means(text, scheme));
	if (missed.length === WEB.length) {
		return { missed: 'all', instead: insteadOf(text) };
	}
	const [scheme] = missed;
	const port = partsOf(text)?.port;
	const isUsual = port !== undefined && USUAL.get(port) === scheme;
	return scheme === undefined || !isUsual || !text.includes('*') || saysScheme(text)
		? undefined
		: { missed: scheme, instead: insteadOf(text) };
}

/** True where some address of this scheme is meant. */
function means(text: string, scheme: WebScheme): boolean {
	if (!text.includes('*')) {
		return isUrl(text) && new URL(text).protocol === `${scheme}:`;
	}
	const plain = plainPattern(readUrlPattern(text).pattern);
	return plain !== undefined && addressMeant(urlTokens(plain), scheme) !== undefined;
}

function saysScheme(text: string): boolean {
	return /^https?:\/\//i.test(text);
}

interface Parts {
	readonly scheme: string;
	readonly host: string;
	readonly port?: string;
	/** With the query. */
	readonly path: string;
}

/** The parts of an address as they are written, without user and fragment. */
function partsOf(text: string): Parts | undefined {
	const [, scheme, rest] = /^([^/\\?#]*):\/\/(.*)$/s.exec(text) ?? [];
	if (scheme === undefined || rest === undefined) {
		return undefined;
	}
	const end = authorityEnd(rest, 0);
	const authority = rest.slice(0, end);
	const [, host = '', port] =
		/^(\[[^\]]*\]|.*?)(?::([^:]*))?$/s.exec(authority.slice(authority.lastIndexOf('@') + 1)) ?? [];
	return { scheme, host, path: rest.slice(end).replace(/#.*$/s, ''), ...(port !== undefined && { port }) };
}

/** What may have been meant, as far as that means some server. */
function insteadOf(text: string): readonly string[] {
	const written = partsOf(text);
	const candidates = written === undefined ? withScheme(text) : [written];
	return candidates
		.map(repaired)
		.filter(each => readUrlPattern(each).why === undefined && WEB.some(s => means(each, s)));
}

/** Without a scheme nothing is reached; a star before a label that is not ASCII stands for the label's own name and those below it. */
function withScheme(text: string): readonly Parts[] {
	const rest = text.replace(/^[*:/\\]+/, '') || '*/*';
	const fronts = !/^\*+(?=[^*:/\\])/.test(text)
		? ['']
		: readUrlPattern(`*://*${rest}`).why === undefined
			? ['*']
			: ['', '*.'];
	return fronts.flatMap(front => partsOf(`*://${front}${rest}`) ?? []);
}

function repaired({ scheme, host, port, path }: Parts): string {
	const usual = port === undefined ? undefined : USUAL.get(port);
	const meant = usual !== undefined && scheme.includes('*') ? usual : scheme;
	const place = port === undefined || usual === meant.toLowerCase() ? host : `${host}:${port}`;
	return `${meant}://${place}${path === '' ? '/*' : encoded(path)}`;
}

/** A path as it stands in addresses (WHATWG); stars stay. */
function encoded(path: string): string {
	const whole = `http://host${path}`;
	if (!isUrl(whole)) {
		return path;
	}
	const { pathname, search } = new URL(whole);
	return pathname + search;
}
