/** Where a host lies, as far as its name or address alone can tell; the classes that `hosts:` may name. */
const MEANINGS = {
	private: 'Addresses and names of private networks, of this house or company, and what is reserved.',
	'link-local': 'Addresses that reach no further than the next cable, the cloud\u2019s metadata service among them.',
	loopback: 'This machine itself, under any of its names and addresses.',
	public: 'Everything on the open internet.',
	metadata: 'The clouds\u2019 metadata services, which hand out credentials, under their addresses and names.',
} as const;

/** One of {@link HOST_CLASSES}. Every host of class `metadata` is of one of the other classes too, never of `public`. */
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
 * Where machines of AWS (also ECS and EKS), Azure, Google, Alibaba, Tencent, Oracle and Scaleway ask for their metadata,
 * as the clouds' own documentation says.
 */
const METADATA_ADDRESSES: ReadonlySet<string> = new Set([
	'169.254.169.254',
	'169.254.170.2',
	'169.254.170.23',
	'169.254.0.23',
	'169.254.42.42',
	'168.63.129.16',
	'100.100.100.200',
	'192.0.0.192',
	'[fd00:ec2::254]',
	'[fd00:ec2::23]',
	'[fd20:ce::254]',
	'[fd00:42::42]',
]);

/** True for a canonical host that is a cloud's metadata service by its own name or address (not {@link addressesBehind}). */
export function isMetadataHost(host: string): boolean {
	return METADATA_NAME.test(host) || METADATA_ADDRESSES.has(host);
}

/**
 * The canonical addresses that a canonical host holds within it: IPv4 in IPv6 (mapped, compatible, translated: RFC 4291
 * §2.5.5, RFC 6052, RFC 2765, RFC 3056), and those that a public wildcard name such as `10.0.0.1.nip.io` resolves to.
 */
export function addressesBehind(host: string): readonly string[] {
	if (host.startsWith('[')) {
		const groups = expandV6(host.slice(1, -1)) ?? [];
		return embeddedAt(groups).map(at => octetsAt(groups, at).join('.'));
	}
	const zone = WILDCARD_DNS.exec(host)?.[0];
	if (zone === undefined) {
		return [];
	}
	if (!/^\.?(?:nip|sslip|xip)\.io$/.test(zone)) {
		return ['127.0.0.1'];
	}
	const parts = host.slice(0, -zone.length).split(/[.-]/);
	const dotted = parts.map((_part, at) => parts.slice(at, at + 4).join('.')).map(text => readV4(text)?.join('.'));
	const hex = parts.filter(part => /^[0-9a-f]{8}$/.test(part)).map(part => readHex(part).join('.'));
	// sslip.io writes `::1` as `--1`.
	const v6 = /(?:^|\.)([0-9a-f-]*-[0-9a-f-]*)\./.exec(`.${host}`)?.[1]?.replaceAll('-', ':');
	return [...dotted, ...hex, v6 === undefined ? undefined : canonicalV6(v6)].filter(address => address !== undefined);
}

function readHex(text: string): readonly number[] {
	return [0, 2, 4, 6].map(at => Number.parseInt(text.slice(at, at + 2), 16));
}

function canonicalV6(text: string): string | undefined {
	try {
		return new URL(`http://[${text}]/`).hostname;
	} catch {
		return undefined;
	}
}

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
	if (isMetadataHost(host)) {
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
function classOfV4([a, b, c, d]: Octets): HostClass {
	if (a === 127 || a === 0) {
		return 'loopback';
	}
	// Azure answers its machines from an address that looks public.
	if ((a === 169 && b === 254) || (a === 168 && b === 63 && c === 129 && d === 16)) {
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
	if (groups.slice(0, 7).every(group => group === 0) && (groups[7] ?? 0) <= 1) {
		return 'loopback';
	}
	const [at] = embeddedAt(groups);
	if (at !== undefined) {
		return classOfV4(octetsAt(groups, at));
	}
	if ((first & 0xffc0) === 0xfe80) {
		return 'link-local';
	}
	const global = (first & 0xe000) === 0x2000 && !(first === 0x2001 && (second < 0x200 || second === 0xdb8));
	return global ? 'public' : 'private';
}

/** Where in an IPv6 address an IPv4 address stands, by its first group; empty when there is none. */
function embeddedAt(groups: readonly number[]): readonly number[] {
	const [first, second] = groups;
	const zeros = (count: number) => groups.slice(0, count).every(group => group === 0);
	const mapped = zeros(5) && (groups[5] === 0xffff || groups[5] === 0);
	const translated = (first === 0x64 && second === 0xff9b) || (zeros(4) && groups[4] === 0xffff && groups[5] === 0);
	if (groups.length === 8 && (mapped || translated)) {
		return [6];
	}
	return first === 0x2002 ? [1] : [];
}

function octetsAt(groups: readonly number[], at: number): Octets {
	const [left = 0, right = 0] = [groups[at], groups[at + 1]];
	return [left >> 8, left & 255, right >> 8, right & 255];
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
