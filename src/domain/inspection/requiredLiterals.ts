/** Literals of which one occurs in every match. */
type Group = readonly string[];

/** What is known of all matches of a part of a pattern. */
interface Known {
	/** All texts that it matches, where these are few. */
	readonly exact?: readonly string[];
	/** In every match there is one of each. */
	readonly groups: readonly Group[];
}

const NOTHING: Known = { exact: [''], groups: [] };
const ANYTHING: Known = { groups: [] };

/** More texts than that are not told apart. */
const MOST_EXACT = 24;
const LONGEST = 24;
/** More of a literal says hardly more. */
const ENOUGH = 9;
/** Shorter literals are everywhere. */
const SHORTEST = 3;
/** Groups of one pattern that are worth looking for. */
const MOST_GROUPS = 3;
/** A group is of no use from this chance of finding one of it in a stretch of text. */
const LEAST_USE = 0.02;
const CHANCES = Array.from({ length: ENOUGH + 1 }, (_, length) => 12 ** (1 - length));
/** Words that are in any text. */
const COMMON = new Set(
	'all and any are been can for from has have not should that the then this was what will with you your'.split(' '),
);

/**
 * What must be in a text so that a pattern can match it: of each group one literal, whatever else. None where the pattern
 * is of a kind that is not understood here. The literals of a group are the shortest that tell; `mayUse` says whether a
 * literal can be looked for. The patterns are ours.
 */
export function requiredLiterals({ source, flags }: RegExp, mayUse: (literal: string) => boolean): readonly Group[] {
	const known = flags === 'g' ? new Parser(source).all() : ANYTHING;
	return groupsOf(known)
		.map(shortened)
		.filter(group => group.every(literal => literal.length >= SHORTEST && mayUse(literal)))
		.map(group => ({ group, chance: chanceOf(group) }))
		.filter(({ chance }) => chance < LEAST_USE)
		.sort((a, b) => a.chance - b.chance)
		.slice(0, MOST_GROUPS)
		.map(({ group }) => group);
}

/** Without what holds another of them. */
function shortened(group: Group): Group {
	const cut = [...new Set(group.map(literal => literal.slice(0, ENOUGH)))];
	return cut.filter(literal => !cut.some(other => other !== literal && literal.includes(other)));
}

/** Roughly, for want of better: each letter makes a literal so much rarer. */
function chanceOf(group: Group): number {
	return group.reduce((sum, literal) => sum + (COMMON.has(literal) ? 1 : (CHANCES[literal.length] ?? 0)), 0);
}

function groupsOf({ exact, groups }: Known): readonly Group[] {
	return exact === undefined ? groups : exact.every(text => text !== '') ? [exact, ...groups] : groups;
}

/** Letters of which none is repeated. */
const PLAIN = /[\w <>"'`,;:#~=&%@!/-]+(?![*+?{])/y;
const REPEATED = /(?:[*+?]|\{(\d+)(,?)(\d*)\})\??/y;
const CLASS = /\^?(?:\\.|[^\]\\])*\]/y;
const KIND = /\?(?:[:=!]|<[=!])/y;
const HEX = /u([0-9a-f]{4})|x([0-9a-f]{2})/iy;

const BRACKETS = /[()]|\\.|\[(?:\\.|[^\]\\])*\]/g;

/** What is known of groups: the same lists of words are in many patterns. */
const bodies = new Map<string, Known>();

/** Reads the patterns that `rules` makes: no flags but `g`, no references, no properties. */
class Parser {
	private at = 0;

	constructor(private readonly source: string) {}

	all(): Known {
		try {
			return this.either();
		} catch {
			return ANYTHING;
		}
	}

	private either(): Known {
		const ways = [this.sequence()];
		while (this.source[this.at] === '|') {
			this.at++;
			ways.push(this.sequence());
		}
		const [only] = ways;
		if (ways.length === 1 && only !== undefined) {
			return only;
		}
		const exact = ways.flatMap(way => way.exact ?? []);
		if (ways.every(way => way.exact !== undefined) && exact.length <= MOST_EXACT) {
			return { exact, groups: [] };
		}
		const best = ways.map(way => bestOf(groupsOf(way)));
		return { groups: best.every(group => group !== undefined) ? [best.flat()] : [] };
	}

	private sequence(): Known {
		let run: readonly string[] = [''];
		const groups: Group[] = [];
		const read = { whole: true };
		const flush = (): void => {
			if (run.every(text => text !== '')) {
				groups.push(run);
			}
			run = [''];
			read.whole = false;
		};
		while (this.at < this.source.length && this.source[this.at] !== '|' && this.source[this.at] !== ')') {
			const item = this.repeated();
			const { exact } = item;
			if (exact === undefined) {
				flush();
				groups.push(...item.groups);
			} else {
				const longer = run.flatMap(text => exact.map(next => text + next));
				if (longer.length <= MOST_EXACT && longer.every(text => text.length <= LONGEST)) {
					run = longer;
				} else {
					flush();
					run = exact;
				}
			}
		}
		if (read.whole) {
			return { exact: run, groups: [] };
		}
		flush();
		return { groups };
	}

	private repeated(): Known {
		const item = this.atom();
		const found = this.take(REPEATED);
		if (found === null) {
			return item;
		}
		const { 0: sign, 1: least } = found;
		if (sign.startsWith('?')) {
			return item.exact === undefined ? ANYTHING : { exact: ['', ...item.exact], groups: [] };
		}
		return sign.startsWith('*') || least === '0' ? ANYTHING : { groups: groupsOf(item) };
	}

	/** What the pattern (with the flag `y`) finds here, and goes on behind it. */
	private take(pattern: RegExp): RegExpExecArray | null {
		pattern.lastIndex = this.at;
		const found = pattern.exec(this.source);
		this.at += found?.[0].length ?? 0;
		return found;
	}

	private atom(): Known {
		const plain = this.take(PLAIN);
		if (plain !== null) {
			return { exact: [plain[0]], groups: [] };
		}
		const char = this.source[this.at] ?? '';
		this.at++;
		switch (char) {
			case '(':
				return this.group();
			case '[':
				return this.charClass();
			case '\\':
				return this.escape();
			case '.':
				return ANYTHING;
			case '^':
			case '$':
				return NOTHING;
			default:
				return { exact: [char], groups: [] };
		}
	}

	private group(): Known {
		const kind = this.take(KIND)?.[0] ?? '';
		if (kind === '' && this.source[this.at] === '?') {
			throw new SyntaxError('a group of another kind');
		}
		const body = this.source.slice(this.at, this.endOfGroup());
		const before = bodies.get(body);
		const inner = before ?? this.either();
		if (before === undefined) {
			bodies.set(body, inner);
		} else {
			this.at += body.length;
		}
		this.at++;
		// What only stands around a match is no part of it.
		return kind === '' || kind === '?:' ? inner : NOTHING;
	}

	private endOfGroup(): number {
		BRACKETS.lastIndex = this.at;
		for (let depth = 1, found = BRACKETS.exec(this.source); found !== null; found = BRACKETS.exec(this.source)) {
			depth += found[0] === '(' ? 1 : found[0] === ')' ? -1 : 0;
			if (depth === 0) {
				return found.index;
			}
		}
		throw new SyntaxError('a group without an end');
	}

	private charClass(): Known {
		const body = (this.take(CLASS)?.[0] ?? '').slice(0, -1);
		const few = /^(?!\^)[^\\]{1,4}$/.test(body) && !/.-./.test(body);
		return few ? { exact: body.split(''), groups: [] } : ANYTHING;
	}

	private escape(): Known {
		const hex = this.take(HEX);
		if (hex !== null) {
			return { exact: [String.fromCharCode(Number.parseInt(hex[1] ?? hex[2] ?? '', 16))], groups: [] };
		}
		const char = this.source[this.at] ?? '';
		this.at++;
		if (/[bB]/.test(char)) {
			return NOTHING;
		}
		if (/[dDwWsSnrtfv]/.test(char)) {
			return ANYTHING;
		}
		if (/[A-Za-z0-9]/.test(char)) {
			throw new SyntaxError('an escape of another kind');
		}
		return { exact: [char], groups: [] };
	}
}

function bestOf(groups: readonly Group[]): Group | undefined {
	let best: Group | undefined;
	let least = Infinity;
	for (const group of groups) {
		const chance = chanceOf(group);
		if (chance < least) {
			[best, least] = [group, chance];
		}
	}
	return best;
}
