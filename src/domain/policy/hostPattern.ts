import { classOfHost, HOST_CLASSES, type HostClass } from './hostClass';
import { type UrlReading } from './urlFact';
import { canonicalHost } from './urlReadings';

/** One entry of `hosts:`, compiled. */
export interface HostPattern {
	readonly scheme?: string;
	readonly port?: number;
	readonly place:
		| { readonly kind: 'any' }
		| { readonly kind: 'class'; readonly is: HostClass }
		| { readonly kind: 'exact'; readonly host: string }
		/** With the leading dot: sub-domains only, by whole labels. */
		| { readonly kind: 'suffix'; readonly suffix: string };
}

/** A compiled entry, or one sentence saying what is wrong with it. */
export type HostPatternOutcome =
	{ readonly ok: true; readonly pattern: HostPattern } | { readonly ok: false; readonly why: string };

const SHAPE = /^(?:([a-z][a-z0-9+.-]*):\/\/)?(\[[0-9a-f:.]+\]|[^:/?#@%\\\s[\]]+)(?::(\d{1,5}))?$/i;

/** Compiles `[scheme://]host[:port]`, where host is a name, an address, `*.name`, `*` or a class of addresses. */
export function compileHostPattern(text: string): HostPatternOutcome {
	const parts = SHAPE.exec(text);
	const name = parts?.[2];
	if (parts === null || name === undefined) {
		return {
			ok: false,
			why: "write 'host', '*.host', 'host:port', 'https://host', or private, link-local, loopback or public",
		};
	}
	const place = readPlace(name);
	if (place === undefined) {
		return { ok: false, why: 'its host is no name or address; a * stands only for whole labels in front' };
	}
	const [, scheme, , digits] = parts;
	const port = digits === undefined ? undefined : Number(digits);
	if (port !== undefined && (port < 1 || port > 65_535)) {
		return { ok: false, why: 'a port lies between 1 and 65535' };
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
	if (host === undefined) {
		return undefined;
	}
	return suffix === undefined ? { kind: 'exact', host } : { kind: 'suffix', suffix: `.${host}` };
}

/** Whether one reading of a URL fits; `unknown` where the URL names no scheme or port and the entry asks for one. */
export function fitsHost(pattern: HostPattern, reading: UrlReading): 'yes' | 'no' | 'unknown' {
	if (reading.host === '' || !fitsPlace(pattern.place, reading)) {
		return 'no';
	}
	const scheme = compare(pattern.scheme, reading.scheme);
	const port = compare(pattern.port, reading.port);
	return scheme === 'no' || port === 'no' ? 'no' : scheme === 'unknown' || port === 'unknown' ? 'unknown' : 'yes';
}

function compare<T>(wanted: T | undefined, actual: T | undefined): 'yes' | 'no' | 'unknown' {
	return wanted === undefined || wanted === actual ? 'yes' : actual === undefined ? 'unknown' : 'no';
}

function fitsPlace(place: HostPattern['place'], reading: UrlReading): boolean {
	switch (place.kind) {
		case 'any':
			return true;
		case 'class':
			return reading.kind === place.is;
		case 'exact':
			return reading.host === place.host;
		case 'suffix':
			return reading.host.endsWith(place.suffix) && reading.host.length > place.suffix.length;
	}
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
		return fitsPlace(outer, { host: inner.host, kind: classOfHost(inner.host) });
	}
	if (inner.kind === 'suffix') {
		return outer.kind === 'suffix' && inner.suffix.endsWith(outer.suffix);
	}
	return inner.kind === 'class' && outer.kind === 'class' && inner.is === outer.is;
}
