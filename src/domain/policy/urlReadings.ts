import { addressesBehind, classOfHost } from './hostClass';
import { decodeLayers } from './pathText';
import { type UrlProblem, type UrlReading } from './urlFact';

/** Everything that a URL text can mean. */
export interface UrlReadings {
	readonly readings: readonly UrlReading[];
	readonly problem?: UrlProblem;
}

const DEFAULT_PORTS: Readonly<Record<string, number>> = {
	http: 80,
	https: 443,
	ws: 80,
	wss: 443,
	ftp: 21,
	ssh: 22,
	sftp: 22,
	git: 9418,
	redis: 6379,
	postgres: 5432,
	postgresql: 5432,
	mysql: 3306,
	mongodb: 27017,
	ldap: 389,
	smtp: 25,
};

/** Schemes for which parsers do not insist on two slashes (WHATWG URL §3.1, special schemes). */
const SPECIAL = /^(?:https?|wss?|ftp)$/;

/** Longer than this is no honest URL. */
const MAX_URL_LENGTH = 65_536;

/** Longest name of a host (RFC 1035 §2.3.4); also room enough for every address with its brackets and zone. */
const MAX_HOST_LENGTH = 255;

/** What reads as `scheme:rest` and goes to no host. */
const HOSTLESS = /^(?:about|blob|chrome|data|file|javascript|mailto|tel|urn)$/;

/**
 * Reads an attacker-controlled URL the way each of the common parsers would: backslashes as slashes or not, user part
 * before the first or the last `@`, percent-decoded to a fixpoint, numbers with leading zeros as octal or decimal.
 * `bare` accepts `host:port/path` without a scheme.
 */
export function readUrl(text: string, bare: boolean): UrlReadings {
	if (text.length > MAX_URL_LENGTH) {
		return { readings: [], problem: 'unreadable' };
	}
	const decoded = decodeLayers(tidy(text));
	const found = new Map<string, UrlReading>();
	let problem: UrlProblem | undefined = decoded.ok ? undefined : 'ambiguous';
	for (const layer of decoded.ok ? decoded.layers : [tidy(text)]) {
		const trouble = readLayer(tidy(layer), bare, found);
		problem ??= trouble;
	}
	return { readings: [...found.values()], ...(problem !== undefined && { problem }) };
}

/** A host as policy and URLs are compared by, or undefined when it is none. */
export function canonicalHost(text: string): string | undefined {
	if (text.length > MAX_HOST_LENGTH) {
		return undefined;
	}
	// By hand: a regular expression that looks for the zone (RFC 6874) takes quadratic time over many `%`.
	const zone = text.startsWith('[') && text.endsWith(']') ? text.indexOf('%') : -1;
	const zoneless = zone < 0 ? text : `${text.slice(0, zone)}]`;
	try {
		const { hostname } = new URL(`http://${zoneless}/`);
		const bare = hostname.replace(/\.$/, '');
		return bare === '' || bare.endsWith('.') ? undefined : bare;
	} catch {
		return undefined;
	}
}

/** What URL parsers take away before they look (WHATWG URL §4.4). */
function tidy(text: string): string {
	const plain = text.replace(/[\t\n\r]/g, '');
	// By hand: an expression for the end of the text takes quadratic time over many spaces in its middle.
	let [start, end] = [0, plain.length];
	while (start < end && plain.charCodeAt(start) <= 32) {
		start++;
	}
	while (end > start && plain.charCodeAt(end - 1) <= 32) {
		end--;
	}
	return plain.slice(start, end);
}

function readLayer(text: string, bare: boolean, found: Map<string, UrlReading>): UrlProblem | undefined {
	if (bare && addV6(text, found)) {
		return undefined;
	}
	const scheme = /^([a-z][a-z0-9+.-]*):(.*)$/is.exec(text);
	const name = scheme?.[1]?.toLowerCase();
	const rest = scheme?.[2] ?? '';
	if (scheme === null || name === undefined || (bare && /^\d*(?:[/?#\\]|$)/.test(rest) && !/^[\\/]{2}/.test(rest))) {
		return /^[\\/]{2}/.test(text) || bare
			? readAuthority(undefined, text.replace(/^[\\/]+/, ''), found)
			: undefined;
	}
	if (!/^[\\/]{2}/.test(rest) && !SPECIAL.test(name)) {
		add(found, { scheme: name, host: '' });
		if (!bare || (HOSTLESS.test(name) && !rest.includes('@'))) {
			return undefined;
		}
		// Who expects a host reads `user:password@host` here.
		const trouble = readAuthority(undefined, text, found);
		return HOSTLESS.test(name) ? undefined : (trouble ?? 'ambiguous');
	}
	const authority = rest.replace(SPECIAL.test(name) ? /^[\\/]*/ : /^[\\/]{2}/, '');
	if (name === 'file' && /^(?:[\\/]|[a-z]:|$)/i.test(authority)) {
		add(found, { scheme: name, host: '' });
		return undefined;
	}
	return readAuthority(name, authority, found);
}

/** An IPv6 address without brackets, which no URL may hold but many a setting does. */
function addV6(text: string, found: Map<string, UrlReading>): boolean {
	const address = /^[0-9a-f:.]{2,45}(?:%[\w.-]{1,32})?(?=[/?#\\]|$)/i.exec(text)?.[0] ?? '';
	const host = address.split(':').length > 2 ? canonicalHost(`[${address}]`) : undefined;
	if (host !== undefined) {
		addHost(found, { host });
	}
	return host !== undefined;
}

function readAuthority(
	scheme: string | undefined,
	text: string,
	found: Map<string, UrlReading>,
): UrlProblem | undefined {
	const strict = /^[^/?#]*/.exec(text)?.[0] ?? '';
	const lenient = /^[^/?#\\]*/.exec(text)?.[0] ?? '';
	let problem: UrlProblem | undefined = strict === lenient ? undefined : 'ambiguous';
	for (const authority of new Set([strict, lenient])) {
		const ats = authority.split('@').length - 1;
		if (ats > 1 || /\s/.test(authority)) {
			problem ??= 'ambiguous';
		}
		for (const start of new Set([authority.lastIndexOf('@'), authority.indexOf('@')])) {
			if (!readHostPort(scheme, authority.slice(start + 1), found)) {
				problem ??= 'unreadable';
			}
		}
	}
	return problem;
}

function readHostPort(scheme: string | undefined, text: string, found: Map<string, UrlReading>): boolean {
	const parts = /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/s.exec(text);
	const written = parts?.[1] ?? '';
	const host = parts === null ? undefined : canonicalHost(written);
	if (host === undefined) {
		return false;
	}
	const digits = (parts?.[2] ?? '').replace(/^0+(?=\d)/, '');
	const readable = /^\d{0,5}$/.test(digits) && Number(digits) <= 65_535;
	const usual = scheme === undefined ? undefined : DEFAULT_PORTS[scheme];
	const port = readable && digits !== '' ? Number(digits) : usual;
	const decimal = /^0*\d{1,3}(?:\.0*\d{1,3}){3}$/.test(written) && /(?:^|\.)0\d/.test(written);
	const hosts = decimal ? [host, canonicalHost(written.replace(/(^|\.)0+(?=\d)/g, '$1'))] : [host];
	for (const each of hosts) {
		if (each !== undefined) {
			addHost(found, {
				...(scheme !== undefined && { scheme }),
				host: each,
				...(port !== undefined && { port }),
			});
		}
	}
	return readable;
}

function addHost(found: Map<string, UrlReading>, reading: UrlReading): void {
	const behind = addressesBehind(reading.host);
	add(found, { ...reading, kind: classOfHost(reading.host), ...(behind.length > 0 && { behind }) });
}

function add(found: Map<string, UrlReading>, reading: UrlReading): void {
	found.set(`${reading.scheme ?? ''}|${reading.host}|${String(reading.port)}`, reading);
}
