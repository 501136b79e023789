import { INSTRUCTION_RULES } from './instructionRules';
import { detectHiddenText, type Hit } from './invisible';
import { type Form, formsOf, mayHoldEscapes } from './normalise';
import { type InstructionRule } from './ruleShape';
import { hintNumber, survey } from './survey';

const HINTED = INSTRUCTION_RULES.map(rule => ({ rule, hints: rule.hints.map(hintNumber) }));

/** A hit with what the weighing needs. */
interface Candidate {
	readonly hit: Hit;
	readonly rule: InstructionRule;
}

/** How much a finding of a rule counts. */
const SCORES: Readonly<Record<Hit['severity'], number>> = { low: 0.3, medium: 0.7, high: 0.95 };

/** Matches kept per rule and form; a text needs no more to be quarantined, and findings stay few. */
const MATCHES_PER_RULE = 2;

/** Two weak signs of different families count together when they start at most this many characters apart. */
const NEAR = 280;

/**
 * Instruction-shaped and hidden text in one string, spans into the original. Looks at the text as read and at what its
 * encodings say. Never throws; time is linear in the length. The text is attacker-controlled.
 */
export function detectInstructions(text: string): readonly Hit[] {
	const candidates: Candidate[] = [];
	const seen = survey(text);
	const { ascii } = seen;
	const { forms, complete } = formsOf(text, ascii);
	for (const form of forms) {
		// Lower case changes no hint; what was escaped or not ASCII is looked at as it reads.
		const asRead = ascii && form.kind === 'plain' && !mayHoldEscapes(text);
		const present = asRead ? seen.hints : survey(form.text).hints;
		for (const { rule, hints } of present === undefined ? [] : HINTED) {
			if ((form.kind !== 'plain' || !rule.decodedOnly) && hints.some(hint => present?.[hint] === 1)) {
				candidates.push(...matches(rule, form));
			}
		}
	}
	return [
		...(ascii ? [] : detectHiddenText(text).map(scored)),
		...weigh(candidates),
		...(complete ? [] : [unread(text)]),
	];
}

function scored(hit: Hit): Hit {
	return { ...hit, family: 'concealment', score: SCORES[hit.severity] };
}

/** More is encoded in the text than is decoded: what nobody has read is not called clean. */
function unread(text: string): Hit {
	const advice = 'Holds more encoded text than is decoded, so some of it was not looked at.';
	return {
		kind: 'hidden-text',
		rule: 'encoded-unread',
		family: 'concealment',
		severity: 'medium',
		score: SCORES.medium,
		span: { start: 0, end: text.length },
		advice,
	};
}

function matches(rule: InstructionRule, form: Form): readonly Candidate[] {
	const found: Candidate[] = [];
	rule.pattern.lastIndex = 0;
	for (let at = 0; at < MATCHES_PER_RULE; at += 1) {
		const match = rule.pattern.exec(form.text);
		if (!match || match[0] === '') {
			break;
		}
		const span = form.locate(match.index, match.index + match[0].length);
		// Hiding an instruction in an encoding is itself a sign.
		const severity = form.kind !== 'plain' && rule.severity === 'low' ? 'medium' : rule.severity;
		const { id, family, advice } = rule;
		const score = SCORES[severity];
		found.push({ rule, hit: { kind: 'instruction-shaped', rule: id, family, severity, score, span, advice } });
	}
	return found;
}

function weigh(candidates: readonly Candidate[]): readonly Hit[] {
	return candidates.map(({ hit, rule }) => {
		const seconded =
			hit.severity === 'low' &&
			candidates.some(
				other => other.rule.family !== rule.family && Math.abs(other.hit.span.start - hit.span.start) <= NEAR,
			);
		return seconded ? { ...hit, severity: 'medium', score: SCORES.medium } : hit;
	});
}
