import { type UrlToken } from './urlTokens';

/** A scheme by which a server can be reached. */
export type WebScheme = 'http' | 'https';

const USUAL_PORT: Readonly<Record<WebScheme, string>> = { http: '80', https: '443' };
/** What stands for all that a star can take: a character of every kind that an address tells apart. */
const OF_A_STAR = 'h t p s a 1 - . : / ? [ ]'.split(' ');
const LONGEST_PORT = 5;

/**
 * An address of this scheme that the parts of a pattern mean, in the form in which addresses are compared (WHATWG: punycode, no usual
 * port, no user, no fragment, no `.` or `..` in the path); undefined where there is none. Never undefined where there is one.
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

const OF_A_HOST = OF_A_STAR.filter(char => char !== '/' && char !== '?');

/** Where one is in an address after one more character; undefined where no address goes on like that. */
function nextPlace(place: string, char: string, scheme: WebScheme): string | undefined {
	const [kind = '', said = ''] = place.split(':');
	switch (kind) {
		case 'scheme': {
			const start = `${scheme}://`;
			const at = Number(said);
			return start[at] !== char ? undefined : at + 1 < start.length ? `scheme:${String(at + 1)}` : 'host-start';
		}
		case 'host-start':
		case 'host':
		case 'host-dot':
			return char === '['
				? kind === 'host-start'
					? 'brackets'
					: undefined
				: kind === 'host' && /[:/]/.test(char)
					? afterHost(char)
					: char === '.'
						? kind === 'host'
							? 'host-dot'
							: undefined
						: /^[!"$&-)*+,\-0-9;=_`a-z{}~']$/.test(char)
							? 'host'
							: undefined;
		case 'brackets':
			return char === ']' ? 'host-end' : /^[0-9a-f:.]$/.test(char) ? 'brackets' : undefined;
		case 'host-end':
			return afterHost(char);
		case 'port':
			return char === '/'
				? said !== '' && said !== USUAL_PORT[scheme]
					? 'segment'
					: undefined
				: /^\d$/.test(char) && !(said === '' && char === '0') && said.length < LONGEST_PORT
					? `port:${said}${char}`
					: undefined;
		case 'query':
			return /^[!$-&(-;=?-~]$/.test(char) ? 'query' : undefined;
		default:
			return nextInPath(kind, char);
	}
}

function afterHost(char: string): string | undefined {
	return char === '/' ? 'segment' : char === ':' ? 'port' : undefined;
}

/** `segment`: behind a slash; `dot` and `dots`: what is taken out of a path where nothing more comes; `path`: anything else. */
function nextInPath(place: string, char: string): string | undefined {
	const isDotted = place === 'dot' || place === 'dots';
	if (char === '/' || char === '?') {
		return isDotted ? undefined : char === '/' ? 'segment' : 'query';
	}
	if (char === '.') {
		return place === 'segment' ? 'dot' : place === 'dot' ? 'dots' : 'path';
	}
	return /^[!$-;=@-\]_a-z|~^]$/.test(char) && char !== '\\' ? 'path' : undefined;
}
