import { type Phrase, phrase } from '../../base/phrase';
import { addressesBehind, classOfHost, HOST_CLASSES, type HostClass, isMetadataHost } from './hostClass';
import { type UrlReading } from './urlFact';
import { canonicalHost } from './urlReadings';

/** One entry of `hosts:`, compiled. */
export interface HostPattern {
	readonly scheme?: string;
	readonly port?: number;
	readonly place:
		| { readonly kind: 'any' }
		| { readonly kind: 'class'; readonly is: HostClass }
		| { readonly kind: 'exact'; readonly host: string; readonly behind: readonly string[] }
		/** With the leading dot: sub-domains only, by whole labels. */
		| { readonly kind: 'suffix'; readonly suffix: string };
}

/** A compiled entry, or one sentence saying what is wrong with it. */
export type HostPatternOutcome =
	{ readonly ok: true; readonly pattern: HostPattern } | { readonly ok: false; readonly why: Phrase };

const SHAPE = /^(?:([a-z][a-z0-9+.-]*):\/\/)?(\[[0-9a-f:.]+\]|[^:/?#@%\\\s[\]]+)(?::(\d{1,5}))?$/i;

/** Compiles `[scheme://]host[:port]`, where host is a name, an address, `*.name`, `*` or a class of addresses. */
export function compileHostPattern(text: string): HostPatternOutcome {
	const parts = SHAPE.exec(text);
	const name = parts?.[2];
	if (parts === null || name === undefined) {
		return {
			ok: false,
			why: phrase(
				"write 'host', '*.host', 'host:port', 'https://host', or a class: {0}",
				HOST_CLASSES.join(', '),
			),
		};
	}
	const place = readPlace(name);
	if (place === undefined) {
		const why = phrase('its host is no name or address; a * stands only for whole labels in front');
		return { ok: false, why };
	}
	const [, scheme, , digits] = parts;
	const port = digits === undefined ? undefined : Number(digits);
	if (port !== undefined && (port < 1 || port > 65_535)) {
		return { ok: false, why: phrase('a port lies between 1 and 65535') };
	}
	return {
		ok: true,
		pattern: {
			...(scheme !== undefined && { scheme: scheme.toLowerCase() }),
			...(port !== undefined && { port }),
			place,
		},
	};
}

function readPlace(name: string): HostPattern['place'] | undefined {
	const wanted = HOST_CLASSES.find(candidate => candidate === name);
	if (wanted !== undefined) {
		return { kind: 'class', is: wanted };
	}
	if (name === '*') {
		return { kind: 'any' };
	}
	const suffix = name.startsWith('*.') ? name.slice(2) : undefined;
	const host = /[*?{}]/.test(suffix ?? name) ? undefined : canonicalHost(suffix ?? name);
	// A full-width star becomes a star that no host has, and an address has no sub-domains: either would match nothing unseen.
	if (host === undefined || host.includes('*') || (suffix !== undefined && /^\[|^\d+(?:\.\d+){3}$/.test(host))) {
		return undefined;
	}
	return suffix === undefined
		? { kind: 'exact', host, behind: addressesBehind(host) }
		: { kind: 'suffix', suffix: `.${host}` };
}

/**
 * Whether one reading of a URL fits. `unknown` where the URL names no scheme or port and the entry asks for one, and
 * where the host is not the entry's, but holds or stands for its address (`[::ffff:7f00:1]`, `127.0.0.1.nip.io`).
 */
export function fitsHost(pattern: HostPattern, reading: UrlReading): 'yes' | 'no' | 'unknown' {
	const place = reading.host === '' ? 'no' : fitsPlace(pattern.place, reading);
	const parts = [place, compare(pattern.scheme, reading.scheme), compare(pattern.port, reading.port)];
	return parts.includes('no') ? 'no' : parts.includes('unknown') ? 'unknown' : 'yes';
}

function compare<T>(wanted: T | undefined, actual: T | undefined): 'yes' | 'no' | 'unknown' {
	return wanted === undefined || wanted === actual ? 'yes' : actual === undefined ? 'unknown' : 'no';
}

function fitsPlace(place: HostPattern['place'], reading: UrlReading): 'yes' | 'no' | 'unknown' {
	const behind = reading.behind ?? [];
	switch (place.kind) {
		case 'any':
			return 'yes';
		case 'class': {
			const own = place.is === 'metadata' ? isMetadataHost(reading.host) : reading.kind === place.is;
			const others = behind.map(address => isOfClass(address, place.is));
			return own && others.every(Boolean) ? 'yes' : own || others.includes(true) ? 'unknown' : 'no';
		}
		case 'exact':
			return reading.host === place.host
				? 'yes'
				: [reading.host, ...behind].some(host => host === place.host || place.behind.includes(host))
					? 'unknown'
					: 'no';
		case 'suffix':
			return reading.host.endsWith(place.suffix) && reading.host.length > place.suffix.length ? 'yes' : 'no';
	}
}

function isOfClass(address: string, wanted: HostClass): boolean {
	return wanted === 'metadata' ? isMetadataHost(address) : classOfHost(address) === wanted;
}

/** True when everything that `narrow` fits is fitted by `wide` too. */
export function coversHost(wide: HostPattern, narrow: HostPattern): boolean {
	if (
		(wide.scheme !== undefined && wide.scheme !== narrow.scheme) ||
		(wide.port !== undefined && wide.port !== narrow.port)
	) {
		return false;
	}
	const [outer, inner] = [wide.place, narrow.place];
	if (outer.kind === 'any') {
		return true;
	}
	if (inner.kind === 'exact') {
		return fitsPlace(outer, { host: inner.host, kind: classOfHost(inner.host), behind: inner.behind }) === 'yes';
	}
	if (inner.kind === 'suffix') {
		return outer.kind === 'suffix' && inner.suffix.endsWith(outer.suffix);
	}
	return inner.kind === 'class' && outer.kind === 'class' && inner.is === outer.is;
}
