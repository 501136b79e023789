import { urlOf } from '../../base/urlOf';
import { authorityParts, USUAL_PORT, type WebScheme } from './urlAuthority';
import { plainPattern, readUrlPattern } from './urlPattern';
import { addressMeant } from './urlReach';
import { urlTokens } from './urlTokens';

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
	const isUsual = scheme !== undefined && partsOf(text)?.port === USUAL_PORT[scheme];
	return !isUsual || !text.includes('*') || saysScheme(text)
		? undefined
		: { missed: scheme, instead: insteadOf(text) };
}

/** True where some address of this scheme is meant. */
function means(text: string, scheme: WebScheme): boolean {
	if (!text.includes('*')) {
		return urlOf(text)?.protocol === `${scheme}:`;
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
	readonly port: string | undefined;
	/** With the query. */
	readonly path: string;
}

/** The parts of an address as they are written, without user and fragment. */
function partsOf(text: string): Parts | undefined {
	const [, scheme, rest] = /^([^/\\?#]*):\/\/(.*)$/s.exec(text) ?? [];
	if (scheme === undefined || rest === undefined) {
		return undefined;
	}
	const { host, port, rest: path } = authorityParts(rest);
	return { scheme, host, port, path: path.replace(/#.*$/s, '') };
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
	const usual = WEB.find(each => USUAL_PORT[each] === port);
	const meant = usual !== undefined && scheme.includes('*') ? usual : scheme;
	const place = port === undefined || usual === meant.toLowerCase() ? host : `${host}:${port}`;
	return `${meant}://${place}${path === '' ? '/*' : encoded(path)}`;
}

/** A path as it stands in addresses (WHATWG); stars stay. */
function encoded(path: string): string {
	const url = urlOf(`http://host${path}`);
	return url === undefined ? path : url.pathname + url.search;
}
