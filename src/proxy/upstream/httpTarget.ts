import { validateHeaderValue } from 'node:http';
import { FirewallError } from '../../base/errors';
import { type Phrase, phrase, readPhrase, verbatim } from '../../base/phrase';
import { urlOf } from '../../base/urlOf';

/** A launch by URL with every secret filled in. Never logged, never stored. */
export interface HttpTarget {
	readonly kind: 'http';
	readonly url: string;
	/** Name to value, sent with every request to this server and to nobody else. */
	readonly headers: Readonly<Record<string, string>>;
}

/** A target that may be spoken to. */
export interface CheckedTarget {
	/** Without fragment. */
	readonly url: URL;
	/** Names in lower case. */
	readonly headers: Readonly<Record<string, string>>;
}

/** Headers that the protocol sets, or that would change how the connection is read. */
const RESERVED =
	/^(?:host|content-.*|transfer-encoding|connection|keep-alive|upgrade|te|trailer|expect|accept|accept-encoding|proxy-.*|mcp-.*|last-event-id|origin)$/;

/** The addresses and names of this machine. */
const LOOPBACK = /^(?:localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])$/;

/** True for `https:`, and for `http:` to this machine: nobody between can read or change what is said. */
export function isSafeAddress(url: URL): boolean {
	return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url));
}

/** True for an address of this machine, as it is written. */
export function isLoopback(url: URL): boolean {
	return LOOPBACK.test(url.hostname);
}

const SHORT = [
	phrase('The address is not a URL.'),
	phrase('The address holds credentials; they belong in a header.'),
	phrase('The address must be https; http is for servers on this machine only.'),
	phrase('The address must be https; http is for services on this machine only.'),
	phrase('The header {0} cannot be set.'),
	phrase('The value of the header {0} cannot be sent.'),
	phrase('Its headers are not name=value, separated by commas.'),
].map(({ text }) => text);

/** Why {@link checkTarget} does not take an address that is no server's, in its words without “of the server”. */
export function addressPhrase(why: string): Phrase {
	return readPhrase(why, SHORT) ?? verbatim(why);
}

/** Checks where a target leads. Throws `config-invalid`; the message holds no value of a header and no credentials. */
export function checkTarget(target: HttpTarget): CheckedTarget {
	const url = urlOf(target.url);
	if (url === undefined) {
		throw invalid(phrase('The address of the server is not a URL.'));
	}
	if (url.username !== '' || url.password !== '') {
		throw invalid(phrase('The address of the server holds credentials; they belong in a header.'));
	}
	if (!isSafeAddress(url)) {
		throw invalid(phrase('The address of the server must be https; http is for servers on this machine only.'));
	}
	url.hash = '';
	const headers: [string, string][] = [];
	for (const [given, value] of Object.entries(target.headers)) {
		const name = given.toLowerCase();
		if (!/^[!#$%&'*+.^_`|~0-9a-z-]{1,128}$/.test(name) || RESERVED.test(name)) {
			throw invalid(phrase('The header {0} cannot be set.', JSON.stringify(given.slice(0, 128))));
		}
		if (!isHeaderValue(name, value) || headers.some(([other]) => other === name)) {
			throw invalid(phrase('The value of the header {0} cannot be sent.', given));
		}
		headers.push([name, value]);
	}
	return { url, headers: Object.fromEntries(headers) };
}

function isHeaderValue(name: string, value: string): boolean {
	try {
		validateHeaderValue(name, value);
		return true;
	} catch {
		return false;
	}
}

function invalid(message: Phrase): FirewallError {
	return new FirewallError('config-invalid', message);
}
