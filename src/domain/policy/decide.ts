import { errorText } from '../../base/errors';
import { verbatim } from '../../base/phrase';
import { CallView } from './callView';
import { type CallFacts } from './facts';
import { joinTerms, judgeGranting, judgeTightening, refuse } from './judgePolicy';
import { pathCaution } from './pathReach';
import { type Effect, type Policy, type PolicyLayer, type PolicyLoad } from './policy';
import { strictestProtection } from './protection';
import { type Verdict } from './verdict';
import { mayGrant } from './folderPower';

/**
 * What a policy says of one call. Total and pure: the same load and facts give the same verdict, and trouble of any kind
 * is a deny (invariant 3). Within a policy deny beats require_approval beats allow; over several layers the strictest
 * opinion counts, and where no layer that may grant has one, the call is denied. Built-in protections of paths come on
 * top; observe mode does not lift them.
 */
export function decide(load: PolicyLoad, facts: CallFacts): Verdict {
	return judged(load, facts, (policy, call) => withProtection(inMode(policy, call), facts));
}

/**
 * What a policy says of a request that is somebody else's to grant: a server's request to its client, where no rule of the
 * policy claims it. Denials and approvals count as in {@link decide}; undefined where none of them holds.
 * Folders that a client tells (`client.roots`) hold nothing of what a session saw, so that compositions do not speak of them.
 */
export function decideUnclaimed(load: PolicyLoad, facts: CallFacts): Verdict | undefined {
	return judged<Verdict | undefined>(load, facts, (policy, call) => {
		const layers = layersOf(policy).filter(
			({ kind }) => kind !== 'composition' || facts.capability !== 'client.roots',
		);
		const opinion = (some: readonly PolicyLayer[]) =>
			strictest(
				some
					.filter(layer => layer.kind !== 'organisation' || layer.policy.mode !== 'observe')
					.flatMap(layer => judgeTightening(layer.policy, call) ?? []),
			);
		const verdict = opinion(layers);
		if (verdict === undefined || policy.mode !== 'observe') {
			return verdict;
		}
		const firm = opinion(layers.filter(({ kind }) => kind === 'organisation'));
		return firm ?? { ...verdict, effect: 'allow', observed: verdict.effect };
	});
}

/** INVARIANT 3: a policy that does not parse, and whatever throws, is a deny. */
function judged<T>(load: PolicyLoad, facts: CallFacts, judge: (policy: Policy, call: CallView) => T): T | Verdict {
	const call = new CallView(facts);
	const { policy } = load;
	if (policy === undefined) {
		const errors = load.problems
			.filter(problem => problem.severity === 'error')
			.map(({ at: { file, line, column }, said }) => ({
				text: '{0}:{1}:{2}: {3}',
				args: [file, line, column, said],
			}));
		return refuse(call, 'policy_unusable', errors);
	}
	try {
		return judge(policy, call);
	} catch (error) {
		return refuse(call, 'rule_error', [verbatim(errorText(error))]);
	}
}

/** The layers of a policy; a policy without layers is the person's own and the only one. */
export function layersOf(policy: Policy): readonly PolicyLayer[] {
	return policy.layers ?? [{ kind: 'user', power: 'grants', policy }];
}

/** From the mildest to the strictest. */
const STRICTNESS: Readonly<Record<Effect, number>> = { allow: 0, require_approval: 1, deny: 2 };

function inMode(policy: Policy, call: CallView): Verdict {
	const layers = layersOf(policy);
	const nobody = refuse(call, 'policy_default_deny', []);
	const verdict = withCaution(combine(layers, call, nobody) ?? nobody, call.facts);
	if (policy.mode !== 'observe') {
		return verdict;
	}
	// Observe is the person's own choice: an organisation that enforces is not observed away.
	const firm = combine(
		layers.filter(({ kind }) => kind === 'organisation'),
		call,
	);
	return firm === undefined || firm.effect === 'allow'
		? { ...verdict, effect: 'allow', observed: verdict.effect }
		: firm;
}

/**
 * The strictest opinion of all layers; undefined when none has one. `nobody` is what counts beside the opinions when there
 * is no layer that could grant.
 */
function combine(layers: readonly PolicyLayer[], call: CallView, nobody?: Verdict): Verdict | undefined {
	const opinions: Verdict[] = [];
	let granted = false;
	let lastWord: Verdict | undefined;
	for (const layer of layers) {
		const { kind, policy } = layer;
		if (kind === 'organisation' && policy.mode === 'observe') {
			continue;
		}
		if (!mayGrant(layer, call.facts)) {
			const verdict = judgeTightening(policy, call);
			if (verdict !== undefined) {
				opinions.push(verdict);
			}
			continue;
		}
		const { verdict, silent } = judgeGranting(policy, call);
		lastWord ??= verdict;
		if (!silent) {
			granted = true;
			opinions.push(verdict);
		}
	}
	// INVARIANT 4: a layer that only tightens opens nothing, not even a question.
	const closing = granted ? undefined : (lastWord ?? nobody);
	return strictest(closing === undefined ? opinions : [...opinions, closing]);
}

function strictest(opinions: readonly Verdict[]): Verdict | undefined {
	const top = Math.max(...opinions.map(({ effect }) => STRICTNESS[effect]));
	const same = opinions.filter(({ effect }) => STRICTNESS[effect] === top);
	const winner = same.find(({ rule }) => rule !== undefined) ?? same[0];
	if (winner === undefined || same.length === 1) {
		return winner;
	}
	const approval = joinTerms(same.map(verdict => verdict.approval));
	return {
		...winner,
		rules: same.flatMap(({ rules }) => rules),
		errors: same.flatMap(({ errors }) => errors),
		...(approval !== undefined && { approval }),
	};
}

/** A second name of a file, or a mount, may be something that is denied: what was allowed is asked for. */
function withCaution(verdict: Verdict, facts: CallFacts): Verdict {
	const caution = verdict.effect === 'allow' ? pathCaution(facts.paths) : undefined;
	return caution === undefined ? verdict : { ...verdict, effect: 'require_approval', reason: caution };
}

function withProtection(verdict: Verdict, facts: CallFacts): Verdict {
	if (verdict.effect === 'deny' || facts.paths.length + (facts.possiblePaths?.length ?? 0) === 0) {
		return verdict;
	}
	const protection = strictestProtection(facts);
	if (protection === undefined || STRICTNESS[protection.effect] < STRICTNESS[verdict.effect]) {
		return verdict;
	}
	// Whoever remembers a yes has to know that the place is a protected one, also where a rule asks by itself.
	return STRICTNESS[protection.effect] === STRICTNESS[verdict.effect]
		? { ...verdict, protection }
		: { ...verdict, effect: protection.effect, reason: 'protected_place', protection };
}
