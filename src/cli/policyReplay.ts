import { counted } from '../base/counted';
import { type RecallProblem, recallFacts } from '../domain/audit/recallFacts';
import { type PolicyLoad } from '../domain/policy/policy';
import { judgeFacts } from '../domain/policy/judgeFacts';
import { readKeptPolicy } from '../storage/policyStore';
import { readUserPolicies } from './userPolicy';
import { type CliOutput } from './output';
import { printable } from './printable';
import { type RecordedCall, recordedCalls, trailTrouble, TROUBLE_EXIT } from './trailCalls';

/** What `policy replay` looks at. */
export interface ReplayOptions {
	readonly trail: string;
	/** Replays only what this policy decided; without it every call is replayed under the policy kept for its digest. */
	readonly policy?: string;
	/** The catalogue of compositions, for a policy that asks for it. */
	readonly compositionFile: string;
	/** Milliseconds since 1970. */
	readonly since?: number;
}

/** Exit codes: all the same; some differ; nothing to go by. */
const EXIT = { same: 0, different: 1, unusable: 2 } as const;

interface Tally {
	same: number;
	different: number;
	/** Decided by another policy than `--policy`. */
	foreign: number;
	/** Policies that are not kept, and how many calls they decided. */
	readonly lacking: Map<string, number>;
	readonly untold: Map<RecallProblem, number>;
	readonly policies: Set<string>;
}

/**
 * `policy replay`: judges every recorded call again from what the trail says alone, with the engine of live calls, under
 * the policy of the entry's digest. Returns 0 when all verdicts are the same, 1 when some differ, 2 when there is nothing
 * to go by, 3 when the trail does not verify.
 */
export async function policyReplay(options: ReplayOptions, out: CliOutput): Promise<number> {
	const trouble = await trailTrouble('policy replay', options.trail, out);
	if (trouble !== undefined) {
		return TROUBLE_EXIT[trouble];
	}
	const given = options.policy === undefined ? undefined : await readUserPolicies(options.policy, options, out);
	if (options.policy !== undefined && given === undefined) {
		return EXIT.unusable;
	}
	const find = given === undefined ? keptIn(options.trail) : (digest: string) => Promise.resolve(given.get(digest));
	const tally: Tally = {
		...{ same: 0, different: 0, foreign: 0 },
		lacking: new Map(),
		untold: new Map(),
		policies: new Set(),
	};
	for await (const call of recordedCalls(options.trail, options.since)) {
		await replay(call, find, given !== undefined, tally, out);
	}
	return summary(tally, out);
}

async function replay(
	{ id, entry, contexts }: RecordedCall,
	find: (digest: string) => Promise<PolicyLoad | undefined>,
	given: boolean,
	tally: Tally,
	out: CliOutput,
): Promise<void> {
	const { policyDigest = '' } = entry;
	if (entry.facts === undefined) {
		count(tally.untold, 'no-facts');
		return;
	}
	const load = await find(policyDigest);
	if (load === undefined) {
		if (given) {
			tally.foreign += 1;
		} else {
			count(tally.lacking, policyDigest);
		}
		return;
	}
	const recall = recallFacts(entry, contexts, load);
	if (recall.kind === 'problem') {
		count(tally.untold, recall.why);
		return;
	}
	tally.policies.add(policyDigest);
	const verdict = judgeFacts(load, recall.facts);
	const { rule } = verdict;
	const now = {
		effect: verdict.effect,
		reason: verdict.reason,
		...(verdict.observed && { observed: verdict.observed }),
		...(rule && { rule: { id: rule.id, file: rule.at.file, line: rule.at.line } }),
	};
	if (told(now, false) === told(entry.verdict, false)) {
		tally.same += 1;
	} else {
		tally.different += 1;
		out.stdout(printable(`call ${id} at ${entry.at}: then ${told(entry.verdict, true)}; now ${told(now, true)}`));
	}
}

function told(verdict: RecordedCall['entry']['verdict'], withPlace: boolean): string {
	const { effect, reason, rule, observed } = verdict;
	const place = withPlace && rule !== undefined ? ` (${rule.file}:${String(rule.line)})` : '';
	const by = rule === undefined ? 'no rule' : `${rule.id}${place}`;
	return `${effect} by ${by}, ${reason}${observed === undefined ? '' : `, observed ${observed}`}`;
}

const UNTOLD: Readonly<Record<RecallProblem, string>> = {
	'no-facts': 'recorded before facts were kept',
	'no-context': 'its context is not in the trail',
	'masked-place': 'a path or URL that it rests on was masked or cut',
	unreadable: 'its facts are not what this version writes',
};

function summary({ same, different, foreign, lacking, untold, policies }: Tally, out: CliOutput): number {
	out.stdout(
		`Replayed ${counted(same + different, 'call')} under ${policies.size === 1 ? '1 policy' : `${String(policies.size)} policies`}: ` +
			`${String(same)} same, ${String(different)} different`,
	);
	if (foreign > 0) {
		out.stdout(`${counted(foreign, 'call')} decided by another policy`);
	}
	for (const [why, calls] of untold) {
		out.stdout(`${counted(calls, 'call')} cannot be replayed: ${UNTOLD[why]}`);
	}
	for (const [digest, calls] of lacking) {
		out.stderr(
			printable(
				`${counted(calls, 'call')} decided by policy ${digest || '(none)'}, which is not kept here: name its file with --policy.`,
			),
		);
	}
	if (different > 0) {
		return EXIT.different;
	}
	return same === 0 || lacking.size > 0 ? EXIT.unusable : EXIT.same;
}

function keptIn(trail: string): (digest: string) => Promise<PolicyLoad | undefined> {
	const kept = new Map<string, Promise<PolicyLoad | undefined>>();
	return digest => {
		const known = kept.get(digest) ?? readKeptPolicy(trail, digest);
		kept.set(digest, known);
		return known;
	};
}

function count<Key>(map: Map<Key, number>, key: Key): void {
	map.set(key, (map.get(key) ?? 0) + 1);
}
