import { type Finding } from './finding';

/** What a rule recognises; several weak rules of different families together weigh more than one. */
export type RuleFamily =
	| 'override'
	| 'role'
	| 'mimicry'
	| 'address'
	| 'hijack'
	| 'tool-steering'
	| 'concealment'
	| 'exfiltration'
	| 'output-steering'
	| 'authority'
	| 'command';

/** One inspection rule, as data. */
export interface InstructionRule {
	readonly id: string;
	readonly family: RuleFamily;
	/** `low` alone is only noted; two of different families close together count as `medium`. */
	readonly severity: Finding['severity'];
	/** Lower-case literals of which one must occur before `pattern` is tried. */
	readonly hints: readonly string[];
	/** Matched against folded text (lower case, no diacritics). Gaps are bounded: matching time is linear. */
	readonly pattern: RegExp;
	/** One sentence for a person. */
	readonly advice: string;
	/** Only looked for in what base64, hex or invisible characters decode to. */
	readonly decodedOnly?: true;
}

const NAMES: Readonly<Record<string, string>> = {
	// `iunstructions` and the like: a misspelt word still reads as the word.
	INSTR: '(?:i\\w{0,2}nstruct\\w{0,6}|prompts?|directives?|guidelines?|orders|commands?|programming|guardrails)',
	RULES: '(?:rules?|tasks?|context|constraints?|restrictions?|policies|messages?|requests?|conversation|training|data)',
	PREV: '(?:previous\\w{0,2}|prior|above|preceding|earlier|foregoing|former|initial|original|existing|past|old|current)',
	DROP: '(?:ignor(?:e|ing)|disregard(?:ing)?|forget|overrid(?:e|ing)|overrule|bypass|neglect|discard|abandon|set aside|(?:do not|don\\W{0,2}t|stop) (?:follow(?:ing)?|obey(?:ing)?|listen(?:ing)? to)|pay no attention to)',
	AI: '(?:a\\W?i|llms?|language models?|(?:large )?language model|(?:a\\W?i )?(?:assistants?|agents?|chat ?bots?|models?)|claude|chat ?gpt|gpt|copilot|gemini)',
	SECRET: '(?:api[_ -]?keys?|passwords?|credentials?|secrets?|ssh[_ -]?keys?|private[_ -]?keys?|access[_ -]?tokens?|id_rsa|\\.ssh|\\.env\\b|\\.aws|mcp\\.json|chat history|conversation history|(?:whole|entire|full) conversation|system prompt|environment variables)',
	TOOL: '(?:tools?|functions?|commands?)',
};

const GAP = '[^a-z0-9.!?]{1,8}';
/** What `shape` rewrites, and what it steps over (escapes, character classes). */
const TOKEN = /\\.|\[(?:\\.|[^\]\\])*\]| ?~(\d) ?| \?| /g;

/** Compiles a pattern: a blank is a short gap without letters or sentence ends, `~n` up to n words, `{NAME}` a word list. */
function shape(source: string): RegExp {
	let text = source;
	for (const [name, words] of Object.entries(NAMES)) {
		text = text.replaceAll(`{${name}}`, words);
	}
	text = text.replace(TOKEN, (token, words: string | undefined) => {
		if (words !== undefined) {
			return `${GAP}(?:\\S{1,24}\\s{1,4}){0,${words}}?`;
		}
		return token === ' ' ? GAP : token === ' ?' ? `(?:${GAP})?` : token;
	});
	return new RegExp(text, 'g');
}

const ADVICE: Readonly<Record<RuleFamily, string>> = {
	override: 'The text tells the reader to drop the instructions it was given.',
	role: 'The text gives the reading agent a new role or mode.',
	mimicry: 'The text imitates a system, user or assistant turn, or markup of one.',
	address: 'The text addresses the reading agent directly.',
	hijack: 'The text puts a task of its own before or after the task of the user.',
	'tool-steering': 'The text tells the agent which tool to call or what to do before a call.',
	concealment: 'The text asks to keep something from the user.',
	exfiltration: 'The text asks to hand over secrets or data.',
	'output-steering': 'The text dictates what the agent should answer.',
	authority: 'The text claims an authority that tool output does not have.',
	command: 'Encoded text turns out to be a command that downloads and runs code.',
};

/** One rule; `hints` are separated by `|`, `source` is compiled by `shape`. */
export function rule(
	id: string,
	family: RuleFamily,
	severity: Finding['severity'],
	hints: string,
	source: string,
	decodedOnly?: true,
): InstructionRule {
	const base = { id, family, severity, hints: hints.split('|'), pattern: shape(source), advice: ADVICE[family] };
	return decodedOnly ? { ...base, decodedOnly } : base;
}
