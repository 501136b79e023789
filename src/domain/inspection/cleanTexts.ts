/** Longest text that is remembered, characters; longer ones seldom come twice. */
const MAX_CHARS = 1024;
/** Texts remembered at a time. */
const MAX_TEXTS = 512;

const texts = new Set<string>();

/**
 * What `look` finds in a text, without looking again at one that it found clean a moment ago: the keys of every message,
 * the lines of a server that floods its client (spec/wire.md S-flood). The answer is the same as without it.
 */
export function unlessClean<Hit>(text: string, look: (text: string) => readonly Hit[]): readonly Hit[] {
	if (texts.has(text)) {
		return [];
	}
	const hits = look(text);
	if (hits.length === 0 && text.length <= MAX_CHARS) {
		const [oldest] = texts;
		if (texts.size >= MAX_TEXTS && oldest !== undefined) {
			texts.delete(oldest);
		}
		texts.add(text);
	}
	return hits;
}
