import { nameTokens } from './nameTokens';

/** What the name of an argument tells about the text under it. */
export interface UrlKey {
	/** The key names a URL or host: any text under it is one. */
	readonly named: boolean;
	/** The key may name a host, or lies below one that does: what looks like a host there may be one. */
	readonly hinted: boolean;
	/** Below a key that names a URL or host, and named like its value: any text under it may be one. */
	readonly whole: boolean;
	/** Holds text for people or data to be sent, which may speak of hosts that the call does not go to. */
	readonly content: boolean;
}

const words = (text: string): ReadonlySet<string> => new Set(text.split(' '));

const URL_WORDS = words(
	'url urls uri uris href link links endpoint endpoints host hosts hostname hostnames domain domains origin origins ' +
		'webhook webhooks callback site sites website proxy ip baseurl',
);
const HOST_WORDS = words(
	'address addresses addr addrs server servers registry registries remote remotes base target targets node nodes peer ' +
		'peers broker brokers gateway gateways dsn upstream upstreams backend backends mirror mirrors resolver dns ips ' +
		'redirect repository repo relay tunnel netloc authority fqdn cdn',
);
const NOT_URL_WORDS = words('type types id ids name names title text description count limit format template');
const NAME_WORDS = words('id ids name names');
const VALUE_WORDS = words('name names value values raw full literal');
const CONTENT_WORDS = words(
	'content contents text body message data description comment comments title thought html markdown summary note ' +
		'notes subject prompt query value',
);

/** Outside of every key. */
export const NO_KEY: UrlKey = { named: false, hinted: false, whole: false, content: false };

/** Reads a key of the arguments, below a key that was read before. Attacker-controlled. */
export function readUrlKey(key: string, above: UrlKey): UrlKey {
	const tokens = nameTokens(key);
	const last = tokens.at(-1) ?? '';
	const tells = tokens.some(token => URL_WORDS.has(token));
	const named = tells && !NOT_URL_WORDS.has(last);
	const inherits = above.named || above.hinted;
	const hinted =
		inherits ||
		(tells && NAME_WORDS.has(last)) ||
		(tokens.some(token => HOST_WORDS.has(token)) && (!NOT_URL_WORDS.has(last) || NAME_WORDS.has(last)));
	return {
		named,
		hinted,
		whole: !named && above.named && VALUE_WORDS.has(last),
		content: CONTENT_WORDS.has(last) && !(above.named && VALUE_WORDS.has(last)),
	};
}

/** True where a number, which URL parsers take for an IPv4 address, stands for a host rather than for a count. */
export function takesNumber(key: string): boolean {
	const last = nameTokens(key).at(-1) ?? '';
	return URL_WORDS.has(last) || HOST_WORDS.has(last) || VALUE_WORDS.has(last);
}
