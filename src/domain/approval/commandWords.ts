/** One piece of a command line, in the order in which it stands there. All texts are attacker-controlled. */
export type CommandPiece =
	| {
			readonly kind: 'word';
			/** Without the quotes around it and its parts. */
			readonly text: string;
			readonly quoted: boolean;
			/** What a shell would put in its place, or do with it: sentences of ours. */
			readonly notes: readonly string[];
	  }
	/** What starts another command, or sends output elsewhere. */
	| { readonly kind: 'operator'; readonly text: string; readonly meaning: string };

/** A command line in pieces, as a POSIX shell would split it (POSIX.1-2017 XCU §2.3), and what is odd about the whole of it. */
export interface CommandLine {
	readonly pieces: readonly CommandPiece[];
	readonly notes: readonly string[];
}

/** Longer ones first. */
const OPERATORS: readonly (readonly [text: string, meaning: string])[] = [
	['&&', 'then, if that went well, a further command'],
	['||', 'else, if that failed, a further command'],
	['|&', 'its output and errors go into a further command'],
	['|', 'its output goes into a further command'],
	[';;', 'end of a case'],
	[';', 'then a further command'],
	['<<<', 'the word that follows is its input'],
	['<<', 'lines that follow are its input'],
	['<(', 'the output of a further command stands here as a file'],
	['>(', 'what is written here goes into a further command'],
	['&>>', 'output and errors are appended to the file that follows'],
	['&>', 'output and errors are written over the file that follows'],
	['>>', 'output is appended to the file that follows'],
	['>&', 'output goes where the word that follows says'],
	['>|', 'output is written over the file that follows'],
	['<>', 'the file that follows is read and written'],
	['<&', 'input comes from where the word that follows says'],
	['<', 'the file that follows is its input'],
	['>', 'output is written over the file that follows'],
	['&', 'it runs in the background, and a further command follows'],
	['(', 'begin of a group of commands'],
	[')', 'end of a group of commands'],
	['\n', 'end of the line: a further command'],
];

const SUBSTITUTION = 'the output of a command stands in its place';
const VARIABLE = 'the value of a variable stands in its place';
const ARITHMETIC = 'a computed number stands in its place';
const GLOB = 'names of files that fit stand in its place';
const BRACES = 'a shell may make several words of it';
const HOME = 'a home folder stands in its place';
const ESCAPED = 'a backslash takes the meaning of the character after it';
const C_STRING = 'backslashes in it stand for other characters';
const BATCH = 'cmd would put the value of a variable in its place';

/** Pieces that are told apart; what follows is one word more. */
export const MAX_PIECES = 512;

/**
 * Takes an attacker-controlled command line apart. It runs nothing and expands nothing; where a shell would, the piece says
 * so. Linear in the text.
 */
export function commandLine(text: string): CommandLine {
	const pieces: CommandPiece[] = [];
	const notes: string[] = [];
	const reader = new Reader(text);
	while (!reader.isDone && pieces.length < MAX_PIECES) {
		const operator = OPERATORS.find(([sign]) => reader.isAt(sign));
		if (operator !== undefined) {
			reader.at += operator[0].length;
			pieces.push({ kind: 'operator', text: operator[0], meaning: operator[1] });
		} else if (/[ \t\r]/.test(reader.char)) {
			reader.at++;
		} else if (reader.char === '#') {
			const end = reader.endOfLine();
			const rest = text.slice(reader.at, end);
			pieces.push({ kind: 'word', text: rest, quoted: false, notes: ['a comment: a shell passes it over'] });
			reader.at = end;
		} else {
			pieces.push(reader.word(notes));
		}
	}
	if (!reader.isDone) {
		pieces.push({ kind: 'word', text: text.slice(reader.at), quoted: false, notes: ['the rest, not split'] });
	}
	return { pieces, notes: [...new Set(notes)] };
}

class Reader {
	at = 0;

	constructor(private readonly text: string) {}

	get isDone(): boolean {
		return this.at >= this.text.length;
	}

	get char(): string {
		return this.text.charAt(this.at);
	}

	isAt(sign: string): boolean {
		return this.text.startsWith(sign, this.at);
	}

	endOfLine(): number {
		const end = this.text.indexOf('\n', this.at);
		return end < 0 ? this.text.length : end;
	}

	/** One word with all its quoted and unquoted parts. */
	word(trouble: string[]): CommandPiece {
		const parts: string[] = [];
		const notes = new Set<string>();
		let quoted = false;
		while (!this.isDone && !/[ \t\r\n;&|<>()]/.test(this.char)) {
			const { char } = this;
			if (char === "'" || (char === '$' && this.text.charAt(this.at + 1) === "'")) {
				quoted = true;
				if (char === '$') {
					notes.add(C_STRING);
					this.at++;
				}
				parts.push(this.upTo("'", trouble));
			} else if (char === '"') {
				quoted = true;
				parts.push(this.doubleQuoted(notes, trouble));
			} else if (char === '\\') {
				notes.add(ESCAPED);
				parts.push(this.text.charAt(this.at + 1));
				this.at += 2;
			} else {
				parts.push(this.plain(notes, trouble, parts.length === 0));
			}
		}
		return { kind: 'word', text: parts.join(''), quoted, notes: [...notes] };
	}

	private doubleQuoted(notes: Set<string>, trouble: string[]): string {
		const parts: string[] = [];
		this.at++;
		while (!this.isDone && this.char !== '"') {
			if (this.char === '\\' && /["\\$`\n]/.test(this.text.charAt(this.at + 1))) {
				parts.push(this.text.charAt(this.at + 1));
				this.at += 2;
			} else {
				parts.push(this.expansion(notes, trouble) ?? this.take());
			}
		}
		if (this.isDone) {
			trouble.push(OPEN_QUOTE);
		}
		this.at++;
		return parts.join('');
	}

	private plain(notes: Set<string>, trouble: string[], first: boolean): string {
		const expanded = this.expansion(notes, trouble);
		if (expanded !== undefined) {
			return expanded;
		}
		const char = this.take();
		if (/[*?[]/.test(char)) {
			notes.add(GLOB);
		} else if (char === '{' || char === '}') {
			notes.add(BRACES);
		} else if (char === '~' && first) {
			notes.add(HOME);
		} else if (char === '%' && /^[\w()]+%/.test(this.text.slice(this.at, this.at + 64))) {
			notes.add(BATCH);
		}
		return char;
	}

	/** A variable, a command or a sum that a shell would put in place; undefined where none begins. */
	private expansion(notes: Set<string>, trouble: string[]): string | undefined {
		if (this.char === '`') {
			notes.add(SUBSTITUTION);
			return `\`${this.upTo('`', trouble)}\``;
		}
		const start = this.at;
		const next = this.text.charAt(this.at + 1);
		if (this.char !== '$' || !/[\w({?@*#!$-]/.test(next)) {
			return undefined;
		}
		if (next === '(' || next === '{') {
			notes.add(next === '{' ? VARIABLE : this.isAt('$((') ? ARITHMETIC : SUBSTITUTION);
			this.nested(next, next === '(' ? ')' : '}', trouble);
		} else {
			notes.add(VARIABLE);
			this.at += 2;
			while (/\w/.test(this.char)) {
				this.at++;
			}
		}
		return this.text.slice(start, this.at);
	}

	/** Goes behind the bracket that closes; quotes inside are not looked at, so it may end early, never late. */
	private nested(open: string, close: string, trouble: string[]): void {
		let depth = 0;
		this.at++;
		for (; !this.isDone; this.at++) {
			depth += this.char === open ? 1 : this.char === close ? -1 : 0;
			if (depth === 0) {
				this.at++;
				return;
			}
		}
		trouble.push(OPEN_QUOTE);
	}

	private take(): string {
		const { char } = this;
		this.at++;
		return char;
	}

	private upTo(mark: string, trouble: string[]): string {
		const end = this.text.indexOf(mark, this.at + 1);
		const text = this.text.slice(this.at + 1, end < 0 ? undefined : end);
		if (end < 0) {
			trouble.push(OPEN_QUOTE);
		}
		this.at = end < 0 ? this.text.length : end + 1;
		return text;
	}
}

const OPEN_QUOTE = 'A quote or bracket that is opened is not closed: a shell would refuse it, or read on.';
