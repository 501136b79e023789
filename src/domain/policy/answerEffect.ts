import { type Finding } from '../inspection/finding';
import { INCOMPLETE } from '../inspection/inspect';
import { layersOf } from './decide';
import { compileNameGlob, type Glob } from './glob';
import {
	type AnswerEffect,
	type AnswerRule,
	LONGEST_SUPPRESSION_MS,
	SEVERITIES,
	type Suppression,
} from './inspectionPolicy';
import { answersOf, type InspectionLayer, speaksOfInspection, suppressionsOf } from './joinInspection';
import { type Policy, type PolicyLayer } from './policy';

/** What a policy says of one finding; `none`: it is noted and no more. */
export type FindingEffect = AnswerEffect | 'none';

/** Effects from the mildest to the strictest. */
const STRICTNESS: readonly FindingEffect[] = ['none', 'notice', 'quote', 'withhold'];

/** The part of a finding that its effect rests on. */
type Seen = Pick<Finding, 'kind' | 'rule' | 'severity'>;

/** Where a text comes from. */
export interface AnswerOrigin {
	/** The server's registered name. */
	readonly server: string;
	/** The tool; of what is no answer of a tool, the method. */
	readonly tool: string;
	/** Milliseconds since 1970. */
	readonly now: number;
}

/** What becomes of a message part in which something was found. */
export interface AnswerVerdict {
	/** The strictest over all findings. */
	readonly effect: FindingEffect;
	/** Id of the answer rule that gave it; absent for the default. */
	readonly rule?: string;
	/** What it would have been, had the policy not only observed; absent where that is the same. */
	readonly observed?: AnswerEffect;
	/** Suppressions that decided, how often each. */
	readonly suppressed: readonly { readonly rule: string; readonly count: number; readonly reason: string }[];
	/** What becomes of one finding. */
	readonly effectOf: (finding: Seen) => FindingEffect;
}

interface Opinion {
	readonly effect: FindingEffect;
	readonly rule?: string | undefined;
	readonly suppression?: Suppression | undefined;
}

/**
 * What a policy says of text in which inspection found something. Total and pure. Each layer is judged by itself: the
 * strictest of its answer rules that match, or nothing more than a note where a suppression of its own matches. The
 * strictest opinion counts; where no layer has one, findings of medium and high severity are quoted. While the policy
 * observes, all of that is `notice`, but for what an organisation says that enforces. A policy that cannot be used leaves
 * the default.
 */
export function effectOf(
	policy: Policy | undefined,
	origin: AnswerOrigin,
	findings: readonly Finding[],
): AnswerVerdict {
	const layers = policy === undefined ? [] : layersOf(policy).filter(speaksOfInspection);
	const observing = policy?.mode === 'observe';
	const firm = layers.filter(({ kind }) => kind === 'organisation');
	const known = new Map<string, { readonly meant: Opinion; readonly done: Opinion }>();
	const judge = (finding: Seen) => {
		const key = `${finding.kind} ${finding.severity} ${finding.rule}`;
		let judged = known.get(key);
		if (judged === undefined) {
			const meant = opinionOf(layers, origin, finding);
			judged = { meant, done: observing ? observed(meant, strictestOf(firm, origin, finding)) : meant };
			known.set(key, judged);
		}
		return judged;
	};
	let meant: Opinion = { effect: 'none' };
	let done: Opinion = { effect: 'none' };
	const suppressed = new Map<Suppression, number>();
	for (const finding of findings) {
		const judged = judge(finding);
		meant = stricter(meant, judged.meant);
		done = stricter(done, judged.done);
		if (judged.done.suppression !== undefined) {
			suppressed.set(judged.done.suppression, (suppressed.get(judged.done.suppression) ?? 0) + 1);
		}
	}
	return {
		effect: done.effect,
		...(done.rule !== undefined && { rule: done.rule }),
		...(meant.effect !== done.effect && meant.effect !== 'none' && { observed: meant.effect }),
		suppressed: [...suppressed].map(([{ rule, reason }, count]) => ({ rule, count, reason })),
		effectOf: finding => judge(finding).done.effect,
	};
}

/** What becomes of secrets in answers; with a policy that cannot be used they are masked. */
export function resultSecrets(policy: Policy | undefined): 'mask' | 'pass' {
	if (policy?.mode !== 'observe') {
		return policy?.inspection.results.secrets ?? 'mask';
	}
	// Observe is the person's own choice: an organisation that enforces is not observed away.
	const firm = layersOf(policy).filter(layer => layer.kind === 'organisation' && speaksOfInspection(layer));
	return firm.some(layer => layer.policy.inspectionSaid?.resultSecrets === 'mask') ? 'mask' : 'pass';
}

function opinionOf(layers: readonly PolicyLayer[], origin: AnswerOrigin, finding: Seen): Opinion {
	if (finding.kind === 'secret') {
		return { effect: 'none' };
	}
	const opinion = strictestOf(layers, origin, finding);
	return opinion ?? { effect: finding.severity === 'low' ? 'none' : 'quote' };
}

/** The strictest opinion of these layers; one that suppresses the finding has the mildest. */
function strictestOf(layers: readonly PolicyLayer[], origin: AnswerOrigin, finding: Seen): Opinion | undefined {
	let strictest: Opinion | undefined;
	for (const { power, policy } of finding.kind === 'secret' ? [] : layers) {
		const opinion = ownOpinion({ power, said: policy.inspectionSaid }, origin, finding);
		strictest =
			strictest === undefined || opinion === undefined ? (strictest ?? opinion) : stricter(strictest, opinion);
	}
	return strictest;
}

function ownOpinion(layer: InspectionLayer, origin: AnswerOrigin, finding: Seen): Opinion | undefined {
	const matching = answersOf(layer).filter(rule => matches(rule, origin, finding));
	const opinion = matching.map(({ effect, id }): Opinion => ({ effect, rule: id }));
	const suppression = suppressionsOf(layer).find(
		({ server, rule, until }) =>
			server === origin.server &&
			rule === finding.rule &&
			// What was not looked at has no rule of which one could know that it is harmless here.
			rule !== INCOMPLETE &&
			origin.now < until &&
			until - origin.now <= LONGEST_SUPPRESSION_MS,
	);
	return suppression === undefined
		? opinion.reduce<Opinion | undefined>(
				(best, each) => (best === undefined ? each : stricter(best, each)),
				undefined,
			)
		: { effect: 'none', suppression };
}

/** What is done about a finding while the policy observes. */
function observed(meant: Opinion, firm: Opinion | undefined): Opinion {
	if (firm !== undefined) {
		return firm;
	}
	return meant.effect === 'none' ? meant : { effect: 'notice' };
}

function stricter(left: Opinion, right: Opinion): Opinion {
	return STRICTNESS.indexOf(right.effect) > STRICTNESS.indexOf(left.effect) ? right : left;
}

function matches(rule: AnswerRule, { server, tool }: AnswerOrigin, { severity }: Seen): boolean {
	const { servers, tools } = globsOf(rule);
	return (
		SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(rule.severity) &&
		(servers === undefined || servers.some(glob => glob.matches(server))) &&
		(tools === undefined || tools.some(glob => glob.matches(tool)))
	);
}

interface RuleGlobs {
	readonly servers: readonly Glob[] | undefined;
	readonly tools: readonly Glob[] | undefined;
}

/** Compiled once for each rule; the memo changes no outcome. */
const compiled = new WeakMap<AnswerRule, RuleGlobs>();

function globsOf(rule: AnswerRule): RuleGlobs {
	const known = compiled.get(rule);
	if (known !== undefined) {
		return known;
	}
	const globs = (patterns: readonly string[] | undefined) =>
		patterns?.map(compileNameGlob).flatMap(outcome => (outcome.ok ? [outcome.glob] : []));
	const fresh = { servers: globs(rule.servers), tools: globs(rule.tools) };
	compiled.set(rule, fresh);
	return fresh;
}
