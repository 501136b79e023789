import { phrase } from '../../base/phrase';
import { canonicalHost } from '../policy/urlReadings';
import { authorityParts, USUAL_PORT } from './urlAuthority';

/** An address with stars, its host in the form that the URL parser gives every host (WHATWG URL §3.5: punycode, lower case). */
export interface UrlPattern {
	readonly pattern: string;
	/**
	 * Set where a label of the host has no such form: one sentence part for people. A star then stands in its place, so that the
	 * pattern means more than was written: right for a denial, and for nothing else.
	 */
	readonly why?: string;
}

/** Dots of a host as the URL parser takes them (UTS #46 §2.3). */
const DOTS = /[.\u3002\uff0e\uff61]/;
const UNREADABLE = phrase('the * in its host cannot stand beside letters that are not ASCII; write whole labels').text;
const NO_HOST = phrase('its host is no name or address').text;

/** Brings the host of a pattern for http to the form in which hosts are compared; any other pattern stays as it is. */
export function readUrlPattern(text: string): UrlPattern {
	const [, scheme = '', rest = ''] = /^([^/\\?#:]*):\/\/(.*)$/s.exec(text) ?? [];
	if (!text.includes('*') || !/^(?:https?|.*\*.*)$/is.test(scheme)) {
		return { pattern: text };
	}
	const { user, host, port, rest: path } = authorityParts(rest);
	const read = readHost(host);
	return {
		pattern: `${scheme}://${user}${read.host}${port === undefined ? '' : `:${port}`}${path}`,
		...(read.why !== undefined && { why: read.why }),
	};
}

/** A pattern for http brought to the shape of the addresses that it is compared with; undefined where its host cannot be read. */
export function plainPattern(pattern: string): string | undefined {
	const [, written = '', behind = ''] = /^(https?):\/\/(.*)$/is.exec(pattern) ?? [];
	if (written === '') {
		return pattern;
	}
	const scheme = written.toLowerCase() === 'https' ? 'https' : 'http';
	const { host, port, rest } = authorityParts(behind);
	if (host === '') {
		return undefined;
	}
	const place = port === undefined || port === USUAL_PORT[scheme] ? host : `${host}:${port}`;
	const path = rest.replaceAll('\\', '/').replace(/#.*$/s, '');
	return `${scheme}://${place}${path === '' ? '/' : path.startsWith('?') ? `/${path}` : path}`;
}

function readHost(host: string): { readonly host: string; readonly why?: string } {
	if (!host.includes('*')) {
		const canonical = canonicalHost(host);
		// What no URL can have as its host matches none, as it stands.
		const isNone = canonical === undefined || canonical.includes('*');
		return isNone ? { host, ...(!isPlain(host) && { why: NO_HOST }) } : { host: canonical };
	}
	const labels = host.replace(/[.\u3002\uff0e\uff61]$/, '').split(DOTS);
	const read = labels.map(label => (isPlain(label) ? label : label.includes('*') ? undefined : readLabel(label)));
	return {
		host: read.map(label => label ?? '*').join('.'),
		...(read.includes(undefined) && { why: UNREADABLE }),
	};
}

/** INVARIANT: what was no star is none afterwards, however it was written (`%2a`, `＊`). */
function readLabel(label: string): string | undefined {
	// Behind it a label that is no number: the last one decides whether the whole is an IPv4 address.
	const read = canonicalHost(`${label}.a`)?.slice(0, -2);
	return read === undefined || read === '' || read.includes('*') ? undefined : read;
}

/** True for what the URL parser leaves as it is, but for its case: ASCII, and nothing percent-encoded. */
function isPlain(text: string): boolean {
	return /^[!-$&-~]*$/.test(text);
}
