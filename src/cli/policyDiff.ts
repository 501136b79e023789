import { counted } from '../base/counted';
import { recallFacts } from '../domain/audit/recallFacts';
import { compareVerdicts } from '../domain/policy/compareVerdicts';
import { type CallFacts } from '../domain/policy/facts';
import { type Effect, type PolicyLoad } from '../domain/policy/policy';
import { type Verdict } from '../domain/policy/verdict';
import { type CliOutput } from './output';
import { printable } from './printable';
import { recordedSide } from './recordedSide';
import { type RecordedCall, recordedCalls, trailTrouble, TROUBLE_EXIT } from './trailCalls';
import { readUserPolicy } from './userPolicy';

/** What `policy diff` looks at. */
export interface DiffOptions {
	readonly before: string;
	readonly after: string;
	readonly trail: string;
	readonly compositionFile: string;
	readonly json: boolean;
	/** Groups that are printed; all without it. */
	readonly limit?: number;
}

/** Calls that the two policies decide differently, in the same way and by the same rules. */
interface Group {
	readonly from: Effect;
	readonly to: Effect;
	readonly server: string;
	readonly tool: string;
	readonly capability: string;
	/** Folder of the first path; null where the call names none. */
	readonly path: string | null;
	/** `id at file:line`, or the reason where no rule decided. */
	readonly before: string;
	readonly after: string;
	count: number;
	/** Evidence id of one of them. */
	readonly example: string;
}

/** Newly allowed first: it is what a reviewer must not overlook. */
const ORDER: readonly Effect[] = ['allow', 'require_approval', 'deny'];
const NEWLY: Readonly<Record<Effect, string>> = {
	allow: 'newly allowed',
	require_approval: 'newly asked',
	deny: 'newly denied',
};

/**
 * `policy diff`: which recorded calls the second policy decides differently. Returns 0 when none, 1 when some do or cannot
 * be told, 2 when a policy or the trail cannot be used, 3 when the trail does not verify.
 */
export async function policyDiff(options: DiffOptions, out: CliOutput): Promise<number> {
	const before = await readUserPolicy(options.before, options, out);
	const after = await readUserPolicy(options.after, options, out);
	if (before === undefined || after === undefined) {
		return 2;
	}
	const trouble = await trailTrouble('policy diff', options.trail, out);
	if (trouble !== undefined) {
		return TROUBLE_EXIT[trouble];
	}
	const groups = new Map<string, Group>();
	const untold: string[] = [];
	let compared = 0;
	let without = 0;
	for await (const call of recordedCalls(options.trail)) {
		const outcome = await compare(call, before, after);
		if (outcome === 'without') {
			without += 1;
		} else if (outcome === 'untold') {
			untold.push(call.id);
		} else {
			compared += 1;
			if (outcome.before.effect !== outcome.after.effect) {
				file(groups, call.id, outcome);
			}
		}
	}
	const sorted = [...groups.values()].sort(
		(left, right) => ORDER.indexOf(left.to) - ORDER.indexOf(right.to) || right.count - left.count,
	);
	if (compared + untold.length === 0) {
		out.stderr('policy diff: no call of the trail has the facts that it takes.');
		return 2;
	}
	print({ compared, without, untold, groups: sorted }, options, out);
	return sorted.length + untold.length === 0 ? 0 : 1;
}

interface Told {
	readonly facts: CallFacts;
	readonly before: Verdict;
	readonly after: Verdict;
}

async function compare(
	{ entry, contexts }: RecordedCall,
	before: PolicyLoad,
	after: PolicyLoad,
): Promise<Told | 'untold' | 'without'> {
	const decider = [before, after].find(({ digest }) => digest === entry.policyDigest);
	const recall = recallFacts(entry, contexts, decider);
	if (recall.kind === 'problem') {
		return recall.why === 'masked-place' ? 'untold' : 'without';
	}
	const { facts, copy } = recall;
	const sides = [await recordedSide(before, entry, facts), await recordedSide(after, entry, facts)] as const;
	const outcome = compareVerdicts(...sides, copy, facts.told);
	return outcome.kind === 'untold' ? 'untold' : { ...outcome, facts: sides[1].facts };
}

function file(groups: Map<string, Group>, id: string, { facts, before, after }: Told): void {
	const candidate = facts.paths[0]?.candidates[0];
	const group: Group = {
		from: before.effect,
		to: after.effect,
		server: facts.server.name,
		tool: facts.tool,
		capability: facts.capability,
		path: candidate === undefined ? null : candidate.slice(0, Math.max(candidate.lastIndexOf('/'), 1)),
		before: decidedBy(before),
		after: decidedBy(after),
		count: 1,
		example: id,
	};
	const key = JSON.stringify({ ...group, example: '' });
	const known = groups.get(key);
	if (known === undefined) {
		groups.set(key, group);
	} else {
		known.count += 1;
	}
}

function decidedBy({ rule, reason }: Verdict): string {
	return rule === undefined ? `no rule, ${reason}` : `${rule.id} at ${rule.at.file}:${String(rule.at.line)}`;
}

interface Report {
	readonly compared: number;
	readonly without: number;
	readonly untold: readonly string[];
	readonly groups: readonly Group[];
}

function print({ compared, without, untold, groups }: Report, { json, limit }: DiffOptions, out: CliOutput): void {
	const shown = groups.slice(0, limit);
	if (json) {
		const value = { compared, without, untold, groups: shown, groupsLeftOut: groups.length - shown.length };
		out.stdout(printable(JSON.stringify(value)));
		return;
	}
	for (const { from, to, server, tool, capability, path, before, after, count, example } of shown) {
		out.stdout(
			printable(
				`${NEWLY[to]} (was ${from}): ${counted(count, 'call')} of ${server} ${tool}, ${capability}` +
					`${path === null ? '' : `, in ${path}`}, e.g. ${example}`,
			),
		);
		out.stdout(printable(`    before: ${before}`));
		out.stdout(printable(`    after:  ${after}`));
	}
	if (groups.length > shown.length) {
		out.stdout(`and ${counted(groups.length - shown.length, 'group')} more`);
	}
	if (untold.length > 0) {
		const some = untold.slice(0, 3).join(', ');
		out.stdout(
			printable(`cannot be told: ${counted(untold.length, 'call')} rest on what was masked or cut, e.g. ${some}`),
		);
	}
	if (without > 0) {
		out.stdout(`${counted(without, 'call')} without facts (recorded by an older version)`);
	}
	const differing = groups.reduce((sum, { count }) => sum + count, 0);
	out.stdout(`${counted(compared, 'call')} compared, ${String(differing)} decided differently`);
}
