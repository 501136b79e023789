/** Deeper levels are not indented further, or a few bytes would become many. */
const MAX_INDENT = 24;
/** Lines after which the rest follows as it stands in the message: nobody reads on, and an editor has to show it. */
const MAX_LINES = 20_000;

/**
 * JSON text over several lines without touching a token: numbers, escapes and the order of keys stay as they stand in the
 * message. Text that is no JSON (because it was cut) comes out as far as it goes. Linear in the text.
 */
export function layOutJson(text: string): string {
	const out: string[] = [];
	let depth = 0;
	let lines = 0;
	const newLine = () => {
		lines++;
		return `\n${'  '.repeat(Math.min(depth, MAX_INDENT))}`;
	};
	for (const { token, end } of tokensOf(text)) {
		switch (token) {
			case '{':
			case '[':
				depth++;
				out.push(token, newLine());
				break;
			case '}':
			case ']': {
				depth = Math.max(0, depth - 1);
				const [opening, line] = out.slice(-2);
				if ((opening === '{' || opening === '[') && line?.startsWith('\n') === true) {
					out.pop();
				} else {
					out.push(newLine());
				}
				out.push(token);
				break;
			}
			case ',':
				out.push(token, newLine());
				break;
			case ':':
				out.push(': ');
				break;
			default:
				out.push(token);
		}
		if (lines >= MAX_LINES) {
			out.push(text.slice(end));
			break;
		}
	}
	return out.join('');
}

/** Strings, marks and everything between, without white space. */
function* tokensOf(text: string): Iterable<{ readonly token: string; readonly end: number }> {
	for (let at = 0; at < text.length;) {
		const char = text.charAt(at);
		const end = char === '"' ? endOfString(text, at) : isMark(char) || isBlank(char) ? at + 1 : endOfWord(text, at);
		if (!isBlank(char)) {
			yield { token: text.slice(at, end), end };
		}
		at = end;
	}
}

function endOfString(text: string, start: number): number {
	for (let at = start + 1; at < text.length; at++) {
		const char = text.charAt(at);
		if (char === '"') {
			return at + 1;
		}
		at += char === '\\' ? 1 : 0;
	}
	return text.length;
}

function endOfWord(text: string, start: number): number {
	let at = start + 1;
	while (at < text.length && text.charAt(at) !== '"' && !isMark(text.charAt(at)) && !isBlank(text.charAt(at))) {
		at++;
	}
	return at;
}

function isMark(char: string): boolean {
	return '[]{},:'.includes(char);
}

/** White space of JSON (RFC 8259 §2). */
function isBlank(char: string): boolean {
	return ' \t\n\r'.includes(char);
}
