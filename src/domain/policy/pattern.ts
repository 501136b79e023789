import { RE2JS } from 're2js';
import { type Phrase, phrase } from '../../base/phrase';

/** Longest pattern that is compiled, in UTF-16 units. */
const MAX_PATTERN_LENGTH = 1024;

/** Longest attacker-controlled text that a pattern is held against; a longer one cannot be judged. */
export const MAX_PATTERN_TEXT = 262_144;

/** A regular expression whose matching takes time linear in the text, whatever it meets (gateway.md ARG-13). */
export interface Pattern {
	/** True when the whole text matches. */
	matches(text: string): boolean;
	/**
	 * True when some part of the text matches, with `.` for line breaks too and `^` and `$` at each line: for what denies
	 * and asks, which a line break must not by-pass.
	 */
	finds(text: string): boolean;
}

/** A compiled pattern, or one sentence saying what is wrong with it. */
export type PatternOutcome =
	{ readonly ok: true; readonly pattern: Pattern } | { readonly ok: false; readonly why: Phrase };

/** Compiles RE2 syntax: no back-references, no look-around. */
export function compilePattern(source: string): PatternOutcome {
	if (source.length > MAX_PATTERN_LENGTH) {
		return { ok: false, why: phrase('a pattern has at most {0} characters', MAX_PATTERN_LENGTH) };
	}
	try {
		const compiled = RE2JS.compile(source);
		let loose: RE2JS | undefined;
		const finds = (text: string) => {
			loose ??= RE2JS.compile(source, RE2JS.DOTALL | RE2JS.MULTILINE);
			return loose.matcher(text).find();
		};
		return { ok: true, pattern: { matches: text => compiled.matches(text), finds } };
	} catch {
		const why = phrase('it is no RE2 pattern; back-references and look-around are not supported');
		return { ok: false, why };
	}
}
