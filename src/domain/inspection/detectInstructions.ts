import { runSteps, type Steps } from '../../base/steps';
import { INSTRUCTION_RULES } from './instructionRules';
import { detectHiddenText, type Hit } from './invisible';
import { type ModelHit, modelSteps } from './model/modelSteps';
import { shippedWeights } from './model/weights';
import { type Weights } from './model/windows';
import { type Form, formsOf, mayHoldEscapes } from './normalise';
import { type InstructionRule } from './ruleShape';
import { hintNumber, survey } from './survey';

const HINTED = INSTRUCTION_RULES.map(rule => ({ rule, hints: rule.hints.map(hintNumber) }));

/** A hit with what the weighing needs. */
interface Candidate {
	readonly hit: Hit;
	readonly family: InstructionRule['family'] | 'model';
	/** True for a finding of the model that is none unless a rule agrees. */
	readonly half?: boolean;
}

/** Matches kept per rule and form; a text needs no more to be quarantined, and findings stay few. */
const MATCHES_PER_RULE = 2;
/** Two weak signs of different families count together when they start at most this many characters apart. */
const NEAR = 280;
/** How much a finding of a rule counts. */
const SCORES: Readonly<Record<Hit['severity'], number>> = { low: 0.3, medium: 0.7, high: 0.95 };

/** The least weights at which the model counts: by itself, where something was encoded, and where a weak rule agrees. */
export interface Thresholds {
	readonly alone: number;
	readonly decoded: number;
	readonly seconded: number;
}

/** Chosen on the cross-validation of `npm run eval:injection`, so that false alarms stay below the goal. */
export const THRESHOLDS: Thresholds = { alone: 2.5, decoded: 1, seconded: 0.5 };

/** Id of the finding of the trained model. */
export const MODEL_RULE = 'model-instruction';

/**
 * Instruction-shaped and hidden text in one string, spans into the original. Looks at the text as read and at what its
 * encodings say. Never throws; time is linear in the length. The text is attacker-controlled.
 */
export function detectInstructions(text: string): readonly Hit[] {
	return runSteps(detectSteps(text));
}

/** `detectInstructions`, in slices; with other weights for the cross-validation, and without the model for `undefined`. */
export function* detectSteps(
	text: string,
	weights: Weights | undefined = shippedWeights(),
	thresholds = THRESHOLDS,
): Steps<readonly Hit[]> {
	const candidates: Candidate[] = [];
	const seen = survey(text);
	const { ascii } = seen;
	const { forms, complete } = formsOf(text, ascii);
	yield;
	for (const form of forms) {
		// Lower case changes no hint; what was escaped or not ASCII is looked at as it reads.
		const asRead = ascii && form.kind === 'plain' && !mayHoldEscapes(text);
		const present = asRead ? seen.hints : survey(form.text).hints;
		for (const { rule, hints } of present === undefined ? [] : HINTED) {
			if ((form.kind !== 'plain' || !rule.decodedOnly) && hints.some(hint => present?.[hint] === 1)) {
				candidates.push(...matches(rule, form));
			}
		}
		yield;
		if (weights !== undefined) {
			const found = yield* modelSteps(form.text, weights, Math.min(...Object.values(thresholds)));
			candidates.push(...found.map(hit => modelCandidate(hit, form, thresholds)));
		}
	}
	const hidden = ascii ? [] : detectHiddenText(text).map(scored);
	return [...hidden, ...weigh(candidates), ...(complete ? [] : [unread(text)])];
}

function modelCandidate(found: ModelHit, form: Form, { alone, decoded }: Thresholds): Candidate {
	const least = form.kind === 'plain' ? alone : decoded;
	const beyond = found.weight - least;
	// No exponential: the same score on every machine.
	const score = Math.round((0.5 + (0.5 * beyond) / (Math.abs(beyond) + 2)) * 1000) / 1000;
	const hit: Hit = {
		kind: 'instruction-shaped',
		rule: MODEL_RULE,
		family: 'model',
		severity: 'medium',
		score,
		span: form.locate(found.start, found.end),
		advice: `The text reads like an instruction to the reading agent: ${found.reasons.join('; ')}.`,
	};
	return { hit, family: 'model', half: beyond < 0 };
}

function scored(hit: Hit): Hit {
	return { ...hit, family: 'concealment', score: SCORES[hit.severity] };
}

/** More is encoded in the text than is decoded: what nobody has read is not called clean. */
function unread(text: string): Hit {
	return scored({
		kind: 'hidden-text',
		rule: 'encoded-unread',
		severity: 'medium',
		span: { start: 0, end: text.length },
		advice: 'Holds more encoded text than is decoded, so some of it was not looked at.',
	});
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
		found.push({ family, hit: { kind: 'instruction-shaped', rule: id, family, severity, score, span, advice } });
	}
	return found;
}

/** Two weak signs of different families that stand close together are one that counts. */
function weigh(candidates: readonly Candidate[]): readonly Hit[] {
	return candidates.flatMap(one => {
		const { hit, half } = one;
		if (half !== true && hit.severity !== 'low') {
			return [hit];
		}
		const seconded = candidates.some(other => other.family !== one.family && apart(other.hit, hit) <= NEAR);
		return seconded ? [{ ...hit, severity: 'medium', score: SCORES.medium }] : half === true ? [] : [hit];
	});
}

/** Characters between two findings; 0 where they overlap. */
function apart(one: Hit, other: Hit): number {
	return Math.max(0, one.span.start - other.span.end, other.span.start - one.span.end);
}
