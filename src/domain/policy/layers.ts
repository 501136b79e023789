import { sha256Hex } from '../../base/digest';
import { type Phrase, phrase } from '../../base/phrase';
import { samePath } from '../../base/samePath';
import { joinIdentity } from './joinIdentity';
import { joinLayers } from './joinInspection';
import {
	type CompositionRule,
	type LayerKind,
	type Policy,
	type PolicyLayer,
	type PolicyLoad,
	type PolicyProblem,
	type Rule,
} from './policy';
import { problemAt } from './policyProblem';
import { bindAnchor } from './prefixes';
import { type SourcePosition } from './sourcePosition';

/**
 * How layers work together, uppermost first: built-in → organisation → compositions → user → workspace.
 *
 * - Each layer is judged by itself. Its opinion is what its rules say; the strictest opinion of all layers counts.
 * - A layer that grants also denies what it claims and nothing matches: it claims the capabilities that its allow and
 *   approval rules name, and everything with `methods: strict`. About anything else it is silent.
 * - A layer that only tightens is silent where no deny or approval of it matches, and opens nothing, not even a question.
 * - Where no granting layer has an opinion, the call is denied.
 *
 * The person's own policy grants. An organisation's grants when it has an allow rule, else it tightens. A workspace's
 * tightens, unless the person trusted that very file in a trusted workspace: then its allow rules may speak where all
 * layers above are silent. So no layer ever makes milder what a layer above it has an opinion about (invariant 4).
 *
 * Where several folders are open, each file of a folder speaks for its own: its `${workspaceFolder}` is that folder, and its
 * allow rules are not for servers that another folder's file brought. Its other denials and questions count for every call.
 */
export interface LayerSource {
	readonly kind: LayerKind;
	readonly load: PolicyLoad;
}

/** What the person trusted. */
export interface LayerTrust {
	/** False in the editor's restricted mode. */
	readonly workspaceTrusted: boolean;
	/** Digests of the very files whose allow rules the person accepted, wherever they lie. */
	readonly trustedDigests: ReadonlySet<string>;
	/** The digest that the person accepted for one place, by the file's path. */
	readonly trustedFiles?: ReadonlyMap<string, string>;
}

const NO_TRUST: LayerTrust = { workspaceTrusted: false, trustedDigests: new Set() };
const ORDER: readonly LayerKind[] = ['builtin', 'organisation', 'composition', 'user', 'workspace'];
const STRICTER: readonly CompositionRule[] = ['off', 'require_approval', 'deny'];

/**
 * Puts policies on top of each other. Where one of them is unusable, so is the outcome, and everything is denied. There
 * has to be a user layer; without one nothing is ever allowed.
 */
export function composeLayers(sources: readonly LayerSource[], trust: LayerTrust = NO_TRUST): PolicyLoad {
	const sorted = [...sources].sort((left, right) => ORDER.indexOf(left.kind) - ORDER.indexOf(right.kind));
	const base = sorted.find(({ kind }) => kind === 'user') ?? sorted[0];
	const file = base?.load.file ?? '';
	const parts = sorted.map(source => ({ ...source, power: powerOf(source, trust) }));
	const digest = sha256Hex(parts.map(({ kind, power, load }) => `${kind} ${power} ${load.digest}`).join('\n'));
	const problems = parts.flatMap(({ kind, power, load }) => [
		...load.problems,
		...(kind === 'workspace' && power === 'tightens' ? ignoredParts(load) : []),
	]);
	const taken = new Set<string>();
	const layers: PolicyLayer[] = [];
	for (const { kind, power, load } of parts) {
		if (load.policy === undefined) {
			return { policy: undefined, problems, digest, file };
		}
		// A policy that was put together before brings its layers along.
		const folder = kind === 'workspace' ? folderOfPolicy(load.file) : undefined;
		const own = { kind, power, ...(folder !== undefined && { folder }), policy: load.policy };
		for (const layer of load.policy.layers ?? [own]) {
			layers.push({ ...layer, policy: withOwnIds(layer, taken) });
		}
	}
	return { policy: joined(layers, digest, file), problems, digest, file };
}

/** Puts a workspace's untrusted policy on top of another: its deny and approval rules count, its allow rules do not. */
export function tighten(base: PolicyLoad, workspace: PolicyLoad): PolicyLoad {
	return composeLayers([
		{ kind: 'user', load: base },
		{ kind: 'workspace', load: workspace },
	]);
}

/** Whether the allow rules of a layer count. */
export function powerOf({ kind, load }: LayerSource, trust: LayerTrust = NO_TRUST): PolicyLayer['power'] {
	const allows = load.policy?.rules.some(isAllow) ?? false;
	switch (kind) {
		case 'builtin':
		case 'composition':
			return 'tightens';
		case 'organisation':
			return allows ? 'grants' : 'tightens';
		case 'user':
			return 'grants';
		case 'workspace':
			return allows && trust.workspaceTrusted && isAccepted(load, trust) ? 'grants' : 'tightens';
	}
}

function isAccepted({ file, digest }: PolicyLoad, { trustedDigests, trustedFiles }: LayerTrust): boolean {
	const trusted = [...(trustedFiles ?? [])];
	return trustedDigests.has(digest) || trusted.some(([place, of]) => of === digest && samePath(place, file));
}

/** `/a/b` of `/a/b/.vscode/mcp-firewall.yaml`; `/` and `c:\` of one in a root. */
function folderOfPolicy(file: string): string | undefined {
	return /^((?:[A-Za-z]:)?[\\/](?:.*(?=[\\/]))?)[\\/]?\.vscode[\\/][^\\/]+$/s.exec(file)?.[1];
}

/** What it says of `${workspaceFolder}` is about the folder that it lies in. */
function inOwnFolder(rule: Rule, folder: string | undefined): Rule {
	if (folder === undefined || (rule.pathPrefix === undefined && rule.paths === undefined)) {
		return rule;
	}
	return {
		...rule,
		...(rule.pathPrefix !== undefined && { pathPrefix: bindAnchor(rule.pathPrefix, folder) }),
		...(rule.paths !== undefined && { paths: rule.paths.map(glob => bindAnchor(glob, folder)) }),
	};
}

/** Rules under ids that are unique over all layers; a tightening layer loses its allow rules. */
function withOwnIds({ kind, power, folder, policy }: PolicyLayer, taken: Set<string>): Policy {
	const ids = new Map<string, string>();
	const rules = policy.rules
		.filter(rule => power === 'grants' || !isAllow(rule))
		.map(rule => {
			const wanted = kind === 'user' || rule.id.startsWith(`${kind}:`) ? rule.id : `${kind}:${rule.id}`;
			const id = claimId(wanted, taken);
			ids.set(rule.id, id);
			return inOwnFolder(id === rule.id ? rule : { ...rule, id }, folder);
		});
	// An id that no rule of the layer had may be another rule's now, and means nothing.
	const renamed = (rule: Rule) =>
		rule.insteadOf?.every(id => ids.get(id) === id) === false
			? { ...rule, insteadOf: rule.insteadOf.flatMap(id => ids.get(id) ?? []) }
			: rule;
	return { ...policy, rules: rules.map(renamed) };
}

function joined(layers: readonly PolicyLayer[], digest: string, file: string): Policy | undefined {
	const policies = layers.map(({ policy }) => policy);
	const own = layers.find(({ kind }) => kind === 'user')?.policy ?? policies[0];
	if (own === undefined) {
		return undefined;
	}
	// The uppermost table wins; a workspace's own words about its tools do not count (gateway.md POL-07).
	const tables = layers.filter(({ kind }) => kind === 'organisation' || kind === 'user');
	const compositions = policies.map(({ composition }) => STRICTER.indexOf(composition));
	return {
		...own,
		file,
		methods: policies.some(({ methods }) => methods === 'strict') ? 'strict' : 'balanced',
		composition: STRICTER[Math.max(...compositions)] ?? 'deny',
		rules: policies.flatMap(({ rules }) => rules),
		capabilities: new Map([...tables].reverse().flatMap(({ policy }) => [...policy.capabilities])),
		inspection: joinLayers(layers),
		inspectionSaid: undefined,
		identity: joinIdentity(layers),
		// What is locked is told apart from the policy, so that it stays while the policy is broken (policyFiles.ts).
		settings: undefined,
		digest,
		layers,
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

function isAllow(rule: Rule): boolean {
	return rule.effect === 'allow';
}

const ALLOWS = phrase(
	'This allow rule is ignored: a file of the workspace only tightens until you trust that very file.',
);
const MILDER = phrase('This is ignored: a file of the workspace only tightens, and this would make inspection milder.');
const LOWER = phrase(
	'This is ignored: a file of the workspace can raise the mode of identity checks, and never lower it.',
);

function ignoredParts({ policy }: PolicyLoad): readonly PolicyProblem[] {
	const { answers = [], suppress = [] } = policy?.inspectionSaid ?? {};
	const { mode, modeAt } = policy?.identity ?? {};
	return [
		...(mode === 'observe' && modeAt !== undefined ? [ignored(modeAt, LOWER)] : []),
		...(policy?.rules ?? []).filter(isAllow).map(({ at }) => problemAt('warning', 'only-tightens', ALLOWS, at)),
		...[...answers.filter(({ effect }) => effect === 'notice'), ...suppress].map(({ at }) => ignored(at, MILDER)),
	];
}

function ignored(at: SourcePosition, said: Phrase): PolicyProblem {
	return problemAt('warning', 'ignored', said, at);
}
