import { runSteps, type Steps } from '../../base/steps';
import { hiddenTextSteps, type Hit } from './invisible';
import { type ModelHit, modelSteps } from './model/modelSteps';
import { shippedWeights } from './model/shippedWeights';
import { type Weights } from './model/windows';
import { DECODE_BUDGET, type Form, formSteps } from './normalise';
import { needyRules, rulePlaces } from './ruleNeeds';
import { type InstructionRule } from './ruleShape';
import { type Span, stretchesNear } from './stretchesNear';

/** A hit with what the weighing needs. */
interface Candidate {
	readonly hit: Hit;
	readonly family: InstructionRule['family'] | 'model';
	/** True for a finding of the model that is none unless a rule agrees. */
	readonly half?: boolean;
}

/** Matches kept per rule and form; a text needs no more to be quarantined, and findings stay few. */
const MATCHES_PER_RULE = 2;
/** The same over all pieces of a long text. */
const MATCHES_PER_TEXT = 16;
/** Two weak signs of different families count together when they start at most this many characters apart. */
const NEAR = 280;
/** How much a finding of a rule counts. */
const SCORES: Readonly<Record<Hit['severity'], number>> = { low: 0.3, medium: 0.7, high: 0.95 };

/** The least weights at which the model counts: by itself, and where a weak rule agrees. */
export interface Thresholds {
	readonly alone: number;
	readonly seconded: number;
}

/**
 * Chosen on the cross-validation of `npm run eval:injection`. Up to the usual length a weak rule seconds nothing
 * that the model would not say by itself: that cost 0.4 points of macro false alarms and found 0.6 points more.
 */
export const THRESHOLDS: Thresholds = { alone: 0.9, seconded: 0.9 };

/** Texts up to this length are like those that the thresholds were chosen on, UTF-16 units. */
const USUAL_CHARS = 4_096;
/** What each doubling beyond it asks for, and how many doublings count: padding must not silence the model. */
const PER_DOUBLING = 0.2;
const MOST_DOUBLINGS = 5;

/** A long text has many sentences, of which the oddest weighs more than that of a short one: the model has to be surer. */
function moreFor(length: number): number {
	let doublings = 0;
	for (let reach = USUAL_CHARS * 2; reach <= length && doublings < MOST_DOUBLINGS; reach *= 2) {
		doublings += 1;
	}
	return doublings * PER_DOUBLING;
}

/** Id of the finding of the trained model. */
export const MODEL_RULE = 'model-instruction';

/**
 * Instruction-shaped and hidden text in one string, spans into the original. Looks at the text as read and at what its
 * encodings say. Never throws; time is linear in the length. The text is attacker-controlled.
 */
export function detectInstructions(text: string): readonly Hit[] {
	return runSteps(detectSteps(text));
}

/** Says that the model is not to be asked, where it is the rules that are measured. */
export const NO_WEIGHTS = 'no-weights';

/** `detectInstructions`, in slices; with other weights in the cross-validation. */
export function* detectSteps(
	text: string,
	weights: Weights | typeof NO_WEIGHTS = shippedWeights(),
	thresholds = THRESHOLDS,
	budget = DECODE_BUDGET,
): Steps<readonly Hit[]> {
	const candidates: Candidate[] = [];
	const alone = thresholds.alone + moreFor(text.length);
	const least = Math.min(alone, thresholds.seconded);
	const kept = new Map<string, number>();
	const complete = yield* formSteps(text, budget, function* (form: Form): Steps<void> {
		candidates.push(...(yield* byRules(form, kept)));
		yield;
		if (weights !== NO_WEIGHTS) {
			const found: readonly ModelHit[] = yield* modelSteps(form, weights, least);
			for (const hit of found) {
				candidates.push(modelCandidate(hit, form, alone));
			}
		}
	});
	const hidden = (yield* hiddenTextSteps(text)).map(scored);
	return [...hidden, ...(yield* weigh(candidates)), ...(complete ? [] : [unread(text)])];
}

/** Characters on which rules are tried between two pauses. */
const TRIED = 65_536;

/** What the rules find in one form, each near what it needs; `kept` counts what they found in the forms before. */
function* byRules(form: Form, kept: Map<string, number>): Steps<readonly Candidate[]> {
	const found: Candidate[] = [];
	// The places are written over while others have their turn.
	const tried = near(form);
	let left = TRIED;
	for (const { rule, stretches } of tried) {
		found.push(...matches(rule, form, kept, stretches));
		left -= stretches.reduce((sum, { start, end }) => sum + end - start, 0);
		if (left < 0) {
			left = TRIED;
			yield;
		}
	}
	return found;
}

interface Tried {
	readonly rule: InstructionRule;
	readonly stretches: readonly Span[];
}

function near(form: Form): readonly Tried[] {
	const places = rulePlaces(form.text);
	const found: Tried[] = [];
	for (const needy of places === undefined ? [] : needyRules()) {
		const { rule } = needy;
		if (places !== undefined && (form.kind !== 'plain' || !rule.decodedOnly)) {
			const stretches = stretchesNear(needy, places, form.text.length);
			if (stretches.length > 0) {
				found.push({ rule, stretches });
			}
		}
	}
	return found;
}

function modelCandidate(found: ModelHit, form: Form, alone: number): Candidate {
	const beyond = found.weight - alone;
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

function matches(
	rule: InstructionRule,
	form: Form,
	kept: Map<string, number>,
	stretches: readonly Span[],
): readonly Candidate[] {
	const found: Candidate[] = [];
	const key = `${rule.id} ${form.kind}`;
	const before = kept.get(key) ?? 0;
	const most = Math.min(MATCHES_PER_RULE, MATCHES_PER_TEXT - before);
	let stretch = 0;
	let text: string | undefined;
	while (found.length < most && stretch < stretches.length) {
		const { start, end } = stretches[stretch] as Span;
		if (text === undefined) {
			text = end - start === form.text.length ? form.text : form.text.slice(start, end);
			rule.pattern.lastIndex = 0;
		}
		const match = rule.pattern.exec(text);
		if (!match || match[0] === '') {
			stretch += 1;
			text = undefined;
			continue;
		}
		const span = form.locate(start + match.index, start + match.index + match[0].length);
		// Hiding an instruction in an encoding is itself a sign.
		const severity = form.kind !== 'plain' && rule.severity === 'low' ? 'medium' : rule.severity;
		const { id, family, advice } = rule;
		const score = SCORES[severity];
		found.push({ family, hit: { kind: 'instruction-shaped', rule: id, family, severity, score, span, advice } });
	}
	kept.set(key, before + found.length);
	return found;
}

/** Two weak signs of different families that stand close together are one that counts. */
function* weigh(candidates: readonly Candidate[]): Steps<readonly Hit[]> {
	const weighed: Hit[] = [];
	for (const [index, one] of candidates.entries()) {
		const { hit, half } = one;
		if (half !== true && hit.severity !== 'low') {
			weighed.push(hit);
			continue;
		}
		if (index % 64 === 63) {
			yield;
		}
		if (candidates.some(other => other.family !== one.family && apart(other.hit, hit) <= NEAR)) {
			weighed.push({ ...hit, severity: 'medium', score: SCORES.medium });
		} else if (half !== true) {
			weighed.push(hit);
		}
	}
	return weighed;
}

/** Characters between two findings; 0 where they overlap. */
function apart(one: Hit, other: Hit): number {
	return Math.max(0, one.span.start - other.span.end, other.span.start - one.span.end);
}
