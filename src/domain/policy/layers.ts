import { sha256Hex } from '../../base/digest';
import { type PolicyLoad, type PolicyProblem, type Rule } from './policy';

/**
 * Puts a workspace's policy on top of the person's own. It can only tighten (invariant 4): its deny and require_approval
 * rules count, and `methods: strict`; its allow rules, capabilities and mode do not. Where either of the two is unusable,
 * so is the outcome, and everything is denied.
 */
export function tighten(base: PolicyLoad, workspace: PolicyLoad): PolicyLoad {
	const digest = sha256Hex(`${base.digest}\n${workspace.digest}`);
	const problems = [...base.problems, ...workspace.problems];
	if (base.policy === undefined || workspace.policy === undefined) {
		return { policy: undefined, problems, digest, file: base.file };
	}
	const taken = new Set(base.policy.rules.map(rule => rule.id));
	const added = workspace.policy.rules
		.filter(rule => rule.effect !== 'allow')
		.map(rule => ({ ...rule, id: claimId(`workspace:${rule.id}`, taken) }));
	const strict = base.policy.methods === 'strict' || workspace.policy.methods === 'strict';
	return {
		policy: {
			...base.policy,
			methods: strict ? 'strict' : 'balanced',
			rules: [...base.policy.rules, ...added],
			digest,
		},
		problems: [...problems, ...workspace.policy.rules.filter(rule => rule.effect === 'allow').map(ignored)],
		digest,
		file: base.file,
	};
}

function claimId(wanted: string, taken: Set<string>): string {
	let id = wanted;
	for (let n = 2; taken.has(id); n++) {
		id = `${wanted}#${String(n)}`;
	}
	taken.add(id);
	return id;
}

function ignored(rule: Rule): PolicyProblem {
	return {
		severity: 'warning',
		code: 'ignored',
		message: 'This allow rule is ignored: a file of the workspace can only tighten the policy.',
		at: rule.at,
		end: { line: rule.at.line, column: rule.at.column + 1 },
	};
}
