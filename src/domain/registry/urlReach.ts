import { USUAL_PORT, type WebScheme } from './urlAuthority';
import { type UrlToken } from './urlTokens';

/** What stands for all that a star can take: a character of every kind that an address tells apart. */
const OF_A_STAR = 'h t p s a 1 - . : / ? [ ]'.split(' ');
const OF_A_HOST = OF_A_STAR.filter(char => char !== '/' && char !== '?');
const LONGEST_PORT = 5;

/** Printable ASCII as a host has it: no forbidden domain code point (WHATWG URL §3.1), no upper case, and no dot, which has its own rule. */
const IN_HOST = /^[!"$&-\-0-9;=_`a-z{}~]$/;
/** The digits of an IPv6 address as it is written (WHATWG URL §3.5). */
const IN_BRACKETS = /^[0-9a-f:.]$/;
/**
 * What a path does not encode (WHATWG URL §1.3, path percent-encode set; `^`, which only newer parsers encode, is among it), without `/`,
 * `.` and the `\` that is read as a slash.
 */
const IN_PATH = /^[!$-\-0-;=@-[\]^_a-z|~]$/;
/** What a query of http does not encode (WHATWG URL §1.3, special-query percent-encode set). */
const IN_QUERY = /^[!$-&(-;=?-~]$/;

/**
 * An address of this scheme that the parts of a pattern mean, in the form in which addresses are compared (WHATWG: punycode, no usual
 * port, no user, no fragment, no `?` with nothing behind it, no `.` or `..` in the path); undefined where there is none. Never undefined where there is one.
 * At most some hundred steps for each part.
 */
export function addressMeant(tokens: readonly UrlToken[], scheme: WebScheme): string | undefined {
	let ways: ReadonlyMap<string, string> = new Map([['scheme:0', '']]);
	const step = (chars: readonly string[], from: ReadonlyMap<string, string>, isRepeated: boolean) => {
		const found = new Map(isRepeated ? from : []);
		const open = [...from];
		for (let next = open.pop(); next !== undefined; next = open.pop()) {
			for (const char of chars) {
				const place = nextPlace(next[0], char, scheme);
				if (place !== undefined && !found.has(place)) {
					found.set(place, next[1] + char);
					if (isRepeated) {
						open.push([place, next[1] + char]);
					}
				}
			}
		}
		return found;
	};
	for (const token of tokens) {
		switch (token.kind) {
			case 'char': {
				const { char } = token;
				ways = step([...new Set([char.toLowerCase(), char.toUpperCase()])], ways, false);
				break;
			}
			case 'star':
				ways = step(OF_A_STAR, ways, true);
				break;
			case 'host-star':
				ways = step(OF_A_HOST, ways, true);
				break;
			case 'port':
				ways = new Map([...ways, ...step(OF_A_HOST, step([':'], ways, false), true)]);
				break;
		}
	}
	return [...ways].find(([place]) => /^(?:segment|path|query)$/.test(place))?.[1];
}

/** Where one is in an address after one more character; undefined where no address goes on like that. */
function nextPlace(place: string, char: string, scheme: WebScheme): string | undefined {
	const [kind = '', said = ''] = place.split(':');
	switch (kind) {
		case 'scheme':
			return nextInScheme(Number(said), char, `${scheme}://`);
		case 'host-start':
			return char === '[' ? 'brackets' : IN_HOST.test(char) ? 'host' : undefined;
		case 'host-dot':
			return IN_HOST.test(char) ? 'host' : undefined;
		case 'host':
			if (char === '.') {
				return 'host-dot';
			}
			return IN_HOST.test(char) ? 'host' : afterHost(char);
		case 'brackets':
			if (char === ']') {
				return 'host-end';
			}
			return IN_BRACKETS.test(char) ? 'brackets' : undefined;
		case 'host-end':
			return afterHost(char);
		case 'port':
			return nextInPort(said, char, scheme);
		case 'query-start':
		case 'query':
			return IN_QUERY.test(char) ? 'query' : undefined;
		default:
			return nextInPath(kind, char);
	}
}

function nextInScheme(at: number, char: string, start: string): string | undefined {
	if (start[at] !== char) {
		return undefined;
	}
	return at + 1 < start.length ? `scheme:${String(at + 1)}` : 'host-start';
}

function afterHost(char: string): string | undefined {
	return char === '/' ? 'segment' : char === ':' ? 'port' : undefined;
}

/** A port is a number without a zero in front, and another one than the usual. */
function nextInPort(said: string, char: string, scheme: WebScheme): string | undefined {
	if (char === '/') {
		return said !== '' && said !== USUAL_PORT[scheme] ? 'segment' : undefined;
	}
	const isDigit = /^\d$/.test(char) && !(said === '' && char === '0');
	return isDigit && said.length < LONGEST_PORT ? `port:${said}${char}` : undefined;
}

/** `segment`: behind a slash; `dot` and `dots`: what is taken out of a path where nothing more comes; `path`: anything else. */
function nextInPath(place: string, char: string): string | undefined {
	if (char === '/' || char === '?') {
		const isDotted = place === 'dot' || place === 'dots';
		return isDotted ? undefined : char === '/' ? 'segment' : 'query-start';
	}
	if (char === '.') {
		return place === 'segment' ? 'dot' : place === 'dot' ? 'dots' : 'path';
	}
	return IN_PATH.test(char) ? 'path' : undefined;
}
