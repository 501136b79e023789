import { isAllowed } from '../approval/approval';
import { isCalm, isLoud, leavesMachine, worksOnFiles } from '../approval/hourReach';
import { isInexpressible, literalGlob } from '../approval/grantRule';
import { type AuditRecord } from '../audit/auditRecord';
import { CallView } from './callView';
import { layersOf } from './decide';
import { type CallFacts } from './facts';
import { isBound } from './hostCondition';
import { judgeFacts } from './judgeFacts';
import { parsePolicy } from './parsePolicy';
import { isWithin } from './pathSegments';
import { type PolicyLoad, type Rule } from './policy';
import { policyPrefixes } from './prefixes';
import { isCalmLabel } from './sessionLabel';
import { ruleLines, type WrittenRule } from './ruleFromEntry';

/** A call of the trail, as far as its entry tells. */
export interface RecordedCall {
	readonly entry: AuditRecord;
	readonly facts: CallFacts;
	/** True when the facts are those of the verdict, none masked or cut. */
	readonly whole: boolean;
}

/** A rule that would have saved questions. Its texts are made of attacker-controlled names. */
export interface Suggestion {
	readonly rule: WrittenRule;
	/** The questions that it would have saved. */
	readonly saved: readonly RecordedCall[];
	/** Of so many. */
	readonly of: number;
}

/** Answers by no, also remembered ones. */
const NO: ReadonlySet<string> = new Set(
	'denied dismissed timeout too-long-to-show denied-before dismissed-before'.split(' '),
);
/** One yes is no habit. */
const LEAST = 2;
const MAX_FILES = 20;
/** Names of files and folders that other programs act on: settings, pipelines, what is installed. */
const ACTED_ON = /^(?:\.|node_modules$)/;

/**
 * Drafts allows that stand in for approvals of the person's own policy (`instead_of`), from calls that a person was asked about and
 * allowed: per server and capability, for exactly the tools that were used, below one folder of the workspace. Nothing is drafted for
 * what is risky or was once answered by no, and no draft lets pass a recorded call that was refused, or asks for less than the
 * engine itself says. `ownFile` is the file that rules would be written to. Pure; never throws; the most saving first.
 */
export function suggestRules(calls: readonly RecordedCall[], load: PolicyLoad, ownFile: string): readonly Suggestion[] {
	const asked = calls.filter(({ entry }) => isQuestion(entry));
	const refused = calls.filter(({ entry }) => wasRefused(entry));
	const groups = new Map<string, RecordedCall[]>();
	const closed = new Set<string>();
	for (const call of calls) {
		const place = placeOf(call.facts);
		const key = place && JSON.stringify([call.facts.server.name, call.facts.capability, place.folder, place.name]);
		if (key !== undefined && NO.has(call.entry.approval?.outcome ?? '')) {
			closed.add(key);
		} else if (key !== undefined && isDraftable(call)) {
			groups.set(key, [...(groups.get(key) ?? []), call]);
		}
	}
	const taken = new Set(load.policy?.rules.map(({ id }) => id));
	const drafts = [...groups].flatMap(([key, group]) =>
		closed.has(key) ? [] : (draftOf(group, load, ownFile, taken) ?? []),
	);
	const stopped = new Set(stoppedBy(calls, load));
	return drafts
		.flatMap(rule => {
			const after = withRules(load, [rule]);
			const opens = (call: RecordedCall) => stopped.has(call) && judge(after, call).effect === 'allow';
			const saved = after === undefined || refused.some(opens) ? [] : asked.filter(opens);
			return saved.length < LEAST ? [] : [{ rule, saved, of: asked.length }];
		})
		.sort((left, right) => right.saved.length - left.saved.length);
}

/** The recorded calls that were refused and would pass under all of these rules together; empty where they are fit to be written. */
export function openedBy(
	rules: readonly WrittenRule[],
	calls: readonly RecordedCall[],
	load: PolicyLoad,
): readonly RecordedCall[] {
	const after = withRules(load, rules);
	const refused = calls.filter(({ entry }) => wasRefused(entry));
	return stoppedBy(refused, load).filter(call => judge(after, call).effect === 'allow');
}

/** The calls that do not simply pass under a policy. */
function stoppedBy(calls: readonly RecordedCall[], load: PolicyLoad): readonly RecordedCall[] {
	return calls.filter(call => judge(load, call).effect !== 'allow');
}

/** True for a call that was not to happen: the policy or a person refused it. */
export function wasRefused({ outcome, approval, verdict }: AuditRecord): boolean {
	return outcome === 'refused' || NO.has(approval?.outcome ?? '') || verdict?.effect === 'deny';
}

function isQuestion({ kind, approval }: AuditRecord): boolean {
	return (
		kind === 'call' &&
		approval?.joined === undefined &&
		(isAllowed(approval?.outcome) || NO.has(approval?.outcome ?? ''))
	);
}

/** What an answer for an hour may stand for, but for git: a rule cannot say "without force". */
function isDraftable({ entry, facts, whole }: RecordedCall): boolean {
	const { approval, findings = [], authority } = entry;
	return (
		whole &&
		entry.kind === 'call' &&
		entry.tool !== undefined &&
		isAllowed(approval?.outcome) &&
		isCalm(facts.capability) &&
		facts.capability !== 'git.write' &&
		findings.length === 0 &&
		authority?.code === undefined &&
		[...(facts.labels ?? [])].every(isCalmLabel) &&
		!isLoud(facts.arguments) &&
		!leavesMachine(facts.tool) &&
		!new CallView(facts).urls.some(isBound) &&
		![facts.server.name, facts.tool].some(isInexpressible)
	);
}

interface Place {
	/** The open folder; absent for calls without paths. */
	readonly folder?: string;
	/** The folder right below it; absent for files that lie in the open folder itself. */
	readonly name?: string;
}

/** Where a call works: undefined where it is outside of the open folders, in several places, or cannot be told. */
function placeOf({ capability, paths, host }: CallFacts): Place | undefined {
	const onFiles = worksOnFiles(capability);
	if (paths.length === 0) {
		return onFiles ? undefined : {};
	}
	const forms = paths.flatMap(({ candidates }) => candidates);
	const folder = host.workspaceFolders.find(each => forms.every(form => isWithin(form, each, host) && form !== each));
	const clear = paths.every(
		({ problem, globs = [], candidates }) => problem === undefined && globs.length === 0 && candidates.length > 0,
	);
	if (!onFiles || folder === undefined || !clear) {
		return undefined;
	}
	if (
		forms.some(form =>
			form
				.slice(folder.length)
				.split('/')
				.some(segment => ACTED_ON.test(segment)),
		)
	) {
		return undefined;
	}
	const names = forms.map(form => /^\/?([^/]+)\//.exec(form.slice(folder.length))?.[1]);
	const [name] = names;
	return names.every(each => each === name) ? { folder, ...(name !== undefined && { name }) } : undefined;
}

function draftOf(
	group: readonly RecordedCall[],
	load: PolicyLoad,
	ownFile: string,
	taken: ReadonlySet<string>,
): WrittenRule | undefined {
	const first = group[0]?.facts;
	const instead = new Set(group.flatMap(call => approvalsOf(call, load, ownFile) ?? []));
	const place = first && placeOf(first);
	const where = place && placesOf(place, group);
	if (first === undefined || place === undefined || where === undefined || instead.size === 0) {
		return undefined;
	}
	const tools = [...new Set(group.map(({ facts }) => facts.tool))].sort();
	const last =
		group
			.map(({ entry }) => entry.at)
			.sort()
			.at(-1) ?? '';
	const rule = {
		id: idOf(first, place.name, taken),
		description: `Suggested from ${String(group.length)} calls that you allowed, the last ${last.slice(0, 10)}.`,
		servers: [literalGlob(first.server.name)],
		tools: tools.map(literalGlob),
		capability: first.capability,
		...where,
		instead_of: [...instead].sort(),
	};
	return asRule(rule) === undefined ? undefined : rule;
}

/** Ids of the approvals that ask about a call now, where all of them stand in the person's own file and could be replaced. */
function approvalsOf(call: RecordedCall, load: PolicyLoad, ownFile: string): readonly string[] | undefined {
	const { effect, rules, protection } = judge(load, call);
	const own = load.policy && layersOf(load.policy).find(({ kind }) => kind === 'user')?.policy;
	const replaceable = new Set(
		own?.rules
			.filter(
				({ effect: each, limits, at, id }) =>
					each === 'require_approval' && !limits && at.file === ownFile && !id.includes('['),
			)
			.map(({ id }) => id),
	);
	return effect === 'require_approval' && protection === undefined && rules.every(({ id }) => replaceable.has(id))
		? rules.map(({ id }) => id)
		: undefined;
}

/**
 * Below the open folder for real (`path_prefix`: a link out of it does not count), and in this very workspace (`paths`). Files
 * in the open folder itself are named one by one.
 */
function placesOf(
	{ folder, name }: Place,
	group: readonly RecordedCall[],
): Pick<WrittenRule, 'path_prefix' | 'paths'> | undefined {
	if (folder === undefined) {
		return {};
	}
	const forms = new Set(group.flatMap(({ facts }) => facts.paths.flatMap(({ candidates }) => candidates)));
	if ([...forms, folder].some(isInexpressible) || (name === undefined && forms.size > MAX_FILES)) {
		return undefined;
	}
	return name === undefined
		? { path_prefix: '${workspaceFolder}', paths: [...forms].sort().map(literalGlob) }
		: { path_prefix: `\${workspaceFolder}/${name}`, paths: [`${literalGlob(`${folder}/${name}`)}/**`] };
}

function idOf({ server, capability }: CallFacts, name: string | undefined, taken: ReadonlySet<string>): string {
	const stem = ['ok', server.name, capability, ...(name === undefined ? [] : [name])]
		.join('-')
		.replace(/[^A-Za-z0-9_.-]+/g, '-')
		.slice(0, 80);
	let id = stem;
	for (let count = 2; taken.has(id); count++) {
		id = `${stem}-${String(count)}`;
	}
	return id;
}

function asRule(rule: WrittenRule): Rule | undefined {
	const text = `allow:\n${ruleLines(rule)
		.map(line => `  ${line}\n`)
		.join('')}`;
	return parsePolicy(text, 'suggestion').policy?.rules[0];
}

/** The policy with these allows in the person's own layer; undefined where one of them is none. */
function withRules(load: PolicyLoad, written: readonly WrittenRule[]): PolicyLoad | undefined {
	const rules = written.map(asRule);
	const { policy } = load;
	if (policy === undefined || rules.some(rule => rule === undefined)) {
		return undefined;
	}
	const more = rules.filter(rule => rule !== undefined);
	const layers = layersOf(policy).map(layer =>
		layer.kind === 'user'
			? { ...layer, policy: { ...layer.policy, rules: [...layer.policy.rules, ...more] } }
			: layer,
	);
	return { ...load, policy: { ...policy, rules: [...policy.rules, ...more], layers } };
}

/** INVARIANT 3: without a policy everything is denied. */
function judge(load: PolicyLoad | undefined, { facts }: RecordedCall): ReturnType<typeof judgeFacts> {
	const { policy } = load ?? {};
	if (load === undefined || policy === undefined) {
		return judgeFacts({ policy: undefined, problems: [], digest: '', file: '' }, facts);
	}
	const prefixes = new Map([...policyPrefixes(policy, facts.host), ...facts.prefixes]);
	return judgeFacts(load, { ...facts, prefixes });
}
