/** Where a host lies, as far as its name or address alone can tell; the classes that `hosts:` may name. */
const MEANINGS = {
	private: 'Addresses and names of private networks, of this house or company, and what is reserved.',
	'link-local': 'Addresses that reach no further than the next cable, the cloud\u2019s metadata service among them.',
	loopback: 'This machine itself, under any of its names and addresses.',
	public: 'Everything on the open internet.',
} as const;

/** One of {@link HOST_CLASSES}. */
export type HostClass = keyof typeof MEANINGS;

/** The classes that `hosts:` may name. */
export const HOST_CLASSES = Object.keys(MEANINGS) as readonly HostClass[];

/** What a class of hosts holds, in one sentence; undefined for what is no class. */
export function hostClassMeaning(name: string): string | undefined {
	return HOST_CLASSES.some(known => known === name) ? MEANINGS[name as HostClass] : undefined;
}

/** Names that only a machine's own resolver knows (RFC 6761, RFC 6762, RFC 8375, and what cloud providers use). */
const LOCAL_SUFFIX = /(?:^|\.)(?:local|internal|intranet|lan|home|corp|private|test|invalid|home\.arpa|localdomain)$/;

/** Public names that resolve to loopback or to the address that is written into them. */
const WILDCARD_DNS = /(?:^|\.)(?:nip\.io|sslip\.io|xip\.io|localtest\.me|lvh\.me|vcap\.me|lacolhost\.com)$/;

const LOOPBACK_NAME = /^(?:localhost|.+\.localhost|localhost\.localdomain|ip6-localhost|ip6-loopback|loopback)$/;
const METADATA_NAME = /^(?:metadata|instance-data)(?:\.|$)/;

/**
 * The class of a canonical host (WHATWG URL §3.5: lower case, punycode, dotted IPv4, bracketed IPv6). What is neither a
 * global address nor a name with a dot is never `public`.
 */
export function classOfHost(host: string): HostClass {
	if (host.startsWith('[')) {
		return classOfV6(host.slice(1, -1));
	}
	const v4 = readV4(host);
	if (v4 !== undefined) {
		return classOfV4(v4);
	}
	if (LOOPBACK_NAME.test(host)) {
		return 'loopback';
	}
	if (METADATA_NAME.test(host)) {
		return 'link-local';
	}
	return !host.includes('.') || LOCAL_SUFFIX.test(host) || WILDCARD_DNS.test(host) ? 'private' : 'public';
}

type Octets = readonly [number, number, number, number];

function readV4(host: string): Octets | undefined {
	const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(host);
	return parts === null ? undefined : [Number(parts[1]), Number(parts[2]), Number(parts[3]), Number(parts[4])];
}

/** IANA's registry of special-purpose addresses; what is reserved counts as private. */
function classOfV4([a, b, c]: Octets): HostClass {
	if (a === 127 || a === 0) {
		return 'loopback';
	}
	if (a === 169 && b === 254) {
		return 'link-local';
	}
	const reserved =
		a === 10 ||
		(a === 172 && b >= 16 && b <= 31) ||
		(a === 192 && b === 168) ||
		(a === 100 && b >= 64 && b <= 127) ||
		(a === 198 && (b === 18 || b === 19)) ||
		(a === 192 && b === 0 && (c === 0 || c === 2)) ||
		(a === 198 && b === 51 && c === 100) ||
		(a === 203 && b === 0 && c === 113) ||
		a >= 224;
	return reserved ? 'private' : 'public';
}

function classOfV6(text: string): HostClass {
	const groups = expandV6(text);
	if (groups === undefined) {
		return 'private';
	}
	const [first = 0, second = 0] = groups;
	const high = groups.slice(0, 6);
	const embedded = (at: number): HostClass => {
		const [left = 0, right = 0] = [groups[at], groups[at + 1]];
		return classOfV4([left >> 8, left & 255, right >> 8, right & 255]);
	};
	if (groups.slice(0, 7).every(group => group === 0) && (groups[7] ?? 0) <= 1) {
		return 'loopback';
	}
	const mapped = high.slice(0, 5).every(group => group === 0) && (high[5] === 0xffff || high[5] === 0);
	const translated = first === 0x64 && second === 0xff9b;
	if (mapped || translated) {
		return embedded(6);
	}
	if (first === 0x2002) {
		return embedded(1);
	}
	if ((first & 0xffc0) === 0xfe80) {
		return 'link-local';
	}
	const global = (first & 0xe000) === 0x2000 && !(first === 0x2001 && (second < 0x200 || second === 0xdb8));
	return global ? 'public' : 'private';
}

/** The eight groups of an IPv6 address in the form in which the URL standard serialises it. */
function expandV6(text: string): readonly number[] | undefined {
	const [head = '', tail] = text.split('::');
	const groups = (part: string) => (part === '' ? [] : part.split(':').map(group => Number.parseInt(group, 16)));
	const left = groups(head);
	const right = tail === undefined ? [] : groups(tail);
	const missing = tail === undefined ? 0 : 8 - left.length - right.length;
	const all = [...left, ...Array.from({ length: Math.max(0, missing) }, () => 0), ...right];
	return all.length === 8 && all.every(Number.isFinite) ? all : undefined;
}
