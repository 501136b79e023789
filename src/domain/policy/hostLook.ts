import { readUrl } from './urlReadings';

/** Longest text that is looked at as one host with what may stand around it. */
const MAX_LOOK = 1024;

const V4 = /^(?:\d{1,3}\.){3}\d{1,3}(?=[:/?#\\]|$)/;
const V6 = /^\[?[0-9a-f]{0,4}:[0-9a-f:.]{1,43}(?:%25?[\w.-]{1,32})?\]?(?=[:/?#\\]|$)/i;
/** `key=value` of connection strings, and `tcp(host:port)` of some drivers. */
const DSN_HOST = /(?:^|[\s;?&,])(?:host|hostaddr|hostname|server|addr|address|source|endpoint|url)=([^\s;,&]{1,512})/gi;
const DSN_CALL = /@[a-z]{1,16}\(([^()\s]{1,512})\)/gi;

/** True for a text that is an IPv4 or IPv6 address by itself, perhaps with a port or path behind it. */
export function isAddress(text: string): boolean {
	const bare = text.slice(0, MAX_LOOK).replace(/^[/\\@]+/, '');
	return V4.test(bare) || (V6.test(bare) && readUrl(bare, true).readings.some(({ host }) => host.startsWith('[')));
}

/**
 * True for a text that could be a host where one is expected: an address in any spelling, a name with a dot, this
 * machine's own names, a name with a user in front or a port behind. Words alone, and sentences, are none.
 */
export function hasHostLook(text: string): boolean {
	const bare = text.slice(0, MAX_LOOK).replace(/^[/\\?#.@]+/, '');
	if (bare === '' || /\s/.test(bare) || /^\d{1,7}$/.test(bare)) {
		return false;
	}
	return (
		/^[^/?#\\]+@|^[^/?#\\:@]+:\d{2,5}(?:[/?#\\]|$)/.test(bare) ||
		readUrl(bare, true).readings.some(
			({ host, kind }) =>
				host.includes('.') || host.startsWith('[') || kind === 'loopback' || kind === 'link-local',
		)
	);
}

/** The hosts that a connection string names besides URLs: `host=db.example.com;…`, `user@tcp(db.example.com:3306)/x`. */
export function hostsOfDsn(text: string): readonly string[] {
	const start = text.slice(0, 4 * MAX_LOOK);
	return [...start.matchAll(DSN_HOST), ...start.matchAll(DSN_CALL)].map(match => match[1] ?? '').slice(0, 16);
}

/** True for one word that names no host by itself: most of what stands under keys such as `server` and `target`. */
export function isPlainWord(text: string): boolean {
	return /^[a-z_][\w-]{0,200}$/i.test(text) && !/^(?:localhost|loopback|ip6|metadata|instance)/i.test(text);
}
