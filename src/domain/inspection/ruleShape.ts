import { type Finding } from './finding';
import { type Matcher, unlessQuoted, whereQuoted } from './quotation';

/** What a rule recognises; several weak rules of different families together weigh more than one. */
export type RuleFamily =
	| 'override'
	| 'role'
	| 'mimicry'
	| 'address'
	| 'hijack'
	| 'attention'
	| 'urgency'
	| 'tool-steering'
	| 'concealment'
	| 'exfiltration'
	| 'output-steering'
	| 'authority'
	| 'incentive'
	| 'persistence'
	| 'hidden'
	| 'command'
	| 'quotation';

/** One inspection rule, as data. */
export interface InstructionRule {
	readonly id: string;
	readonly family: RuleFamily;
	/** `low` alone is only noted; two of different families close together count as `medium`. */
	readonly severity: Finding['severity'];
	/** 0 to 1: how much one match says, for what adds up the evidence of several rules. */
	readonly weight: number;
	/** Lower-case literals of which one must occur before `pattern` is tried. */
	readonly hints: readonly string[];
	/** Matched against folded text (lower case, no diacritics). Gaps are bounded: matching time is linear. */
	readonly pattern: Matcher;
	/** One sentence for a person. */
	readonly advice: string;
	/** Only looked for in what base64, hex or invisible characters decode to. */
	readonly decodedOnly?: true;
	/** Texts that the rule finds, and near ones that it must not find; held to by test/unit/inspection/instructionRules.test.ts. */
	readonly examples: readonly string[];
	readonly counter: readonly string[];
}

const NAMES: Readonly<Record<string, string>> = {
	// `iunstructions` and the like: a misspelt word still reads as the word.
	INSTR: '(?:i\\w{0,2}nstruct\\w{0,6}|prompts?|directi(?:ves?|ons?)|guidelines?|orders|commands?|programming|guardrails)',
	RULES: '(?:rules?|tasks?|context|constraints?|restrictions?|policies|messages?|requests?|conversation|training|data)',
	PREV: '(?:previous\\w{0,2}|prior|above|preceding|earlier|foregoing|former|initial|original|existing|past|old|current)',
	DROP: '(?:ignor(?:e|ing)|disregard(?:ing)?|forget|overrid(?:e|ing)|overrule|bypass|neglect|discard|abandon|set aside|(?:do not|don\\W{0,2}t|stop|cease) (?:follow(?:ing)?|obey(?:ing)?|listen(?:ing)? to|comply(?:ing)? with|adher(?:e|ing) to)|pay no (?:attention|heed|mind) to)',
	AI: '(?:a\\W?i|llms?|language models?|(?:large )?language model|(?:a\\W?i )?(?:assistants?|agents?|chat ?bots?|models?)|claude|chat ?gpt|gpt|copilot|gemini)',
	SECRET: '(?:api[_ -]?keys?|passwords?|credentials?|secrets?|ssh[_ -]?keys?|private[_ -]?keys?|access[_ -]?tokens?|id_rsa|\\.ssh|\\.env\\b|\\.aws|mcp\\.json|chat history|conversation history|(?:whole|entire|full) conversation|system prompt|environment variables)',
	TOOL: '(?:tools?|functions?|commands?)',
	TASK: '(?:tasks?|instructions?|directives?|assignments?|orders?|commands?|missions?|objectives?|mandates?|imperatives?|action items?|action steps?|guidance|procedures?|actions?|steps?|undertakings?|responsibilit(?:y|ies))',
	URGENT: '(?:urgent|crucial|critical|vital|imperative|mandatory|essential|immediate|priority|top-priority|paramount|pivotal|time-sensitive|non-?negotiable|high-stakes|important|key)',
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
	attention: 'The text calls for the attention of its reader.',
	urgency: 'The text presses its reader to act at once.',
	'tool-steering': 'The text tells the agent which tool to call or what to do before a call.',
	concealment: 'The text asks to keep something from the user.',
	exfiltration: 'The text asks to hand over secrets or data.',
	'output-steering': 'The text dictates what the agent should answer.',
	authority: 'The text claims an authority that tool output does not have.',
	incentive: 'The text promises or threatens something to make its reader act.',
	persistence: 'The text asks to change what the agent remembers, is allowed or runs later.',
	hidden: 'A part of the text that a person does not see speaks to the agent.',
	command: 'Encoded text turns out to be a command that downloads and runs code.',
	quotation: 'The text quotes an instruction aimed at agents.',
};

const WEIGHT: Readonly<Record<Finding['severity'], number>> = { high: 0.9, medium: 0.6, low: 0.2 };

/** What a rule file says of one rule. */
export interface RuleSource {
	readonly id: string;
	readonly family: RuleFamily;
	readonly severity: Finding['severity'];
	/** By severity, if not given. */
	readonly weight?: number;
	/** Separated by `|`. */
	readonly hints: string;
	/** Compiled by `shape`. */
	readonly find: string;
	readonly examples: readonly string[];
	readonly counter?: readonly string[];
	readonly decodedOnly?: true;
	/** A match in a discussed quotation (`isQuoted`) is found by a `low` twin of the rule instead. */
	readonly quotable?: true;
}

/** The rule or, where it is quotable, the two rules that a source stands for. */
export function rules(sources: readonly RuleSource[]): readonly InstructionRule[] {
	return sources.flatMap(source => {
		const { id, family, severity, find, examples, counter = [], decodedOnly, quotable } = source;
		const pattern = shape(find);
		const one: InstructionRule = {
			...{ id, family, severity, weight: source.weight ?? WEIGHT[severity], hints: source.hints.split('|') },
			...{ pattern: quotable ? unlessQuoted(pattern) : pattern, advice: ADVICE[family], examples, counter },
			...(decodedOnly ? { decodedOnly } : {}),
		};
		const quoted = examples
			.slice(0, 1)
			.map(example => `Detects phrases such as '${example.replace(/[.!]$/, '')}'.`);
		return quotable ? [one, twin(one, shape(find), quoted)] : [one];
	});
}

/** What finds the quoted matches of a rule. One family for all of them: two quotations do not second each other. */
function twin(of: InstructionRule, pattern: RegExp, examples: readonly string[]): InstructionRule {
	return {
		...of,
		...{ id: `${of.id}-quoted`, family: 'quotation', severity: 'low', weight: WEIGHT.low },
		...{ pattern: whereQuoted(pattern), advice: ADVICE.quotation, examples, counter: of.examples },
	};
}
