import { canonicalJson, isJsonArray, type JsonValue } from '../../base/json';
import { readServerLists, type ServerLists } from '../registry/serverLists';
import { type SourcePosition } from './sourcePosition';

/**
 * How a locked value counts: `word` and `flag` are what holds, the strictest word or the strict truth value of several files;
 * `text` and `choice` hold as the uppermost file says; of a `list` only what every file names; `most` and `least` are bounds.
 */
export type LockKind =
	/** Strictest first. */
	| { readonly kind: 'word'; readonly words: readonly [string, ...string[]] }
	| { readonly kind: 'choice'; readonly words: readonly [string, ...string[]] }
	/** Without `strict` the uppermost file's value holds. */
	| { readonly kind: 'flag'; readonly strict?: boolean }
	| { readonly kind: 'text'; readonly what: 'url' | 'line' }
	| { readonly kind: 'file' }
	| { readonly kind: 'list'; readonly what: 'issuers' | 'dids' | 'keys' }
	| { readonly kind: 'servers' }
	| { readonly kind: 'most' | 'least'; readonly min: number; readonly max: number };

/** The keys of the section `settings`: settings of the product without `mcpFirewall.` in front, and what only an organisation says. */
export const LOCKS = {
	preset: { kind: 'word', words: ['strict', 'balanced', 'observe'] },
	policyFile: { kind: 'file' },
	prompts: { kind: 'word', words: ['both', 'firewallOnly'] },
	approvalSurface: { kind: 'word', words: ['modal', 'notification', 'panel'] },
	approvalTimeout: { kind: 'most', min: 10, max: 3600 },
	notices: { kind: 'flag', strict: true },
	'audit.paramsHash': { kind: 'flag' },
	'audit.durability': { kind: 'word', words: ['synced', 'written'] },
	'audit.gitNotes': { kind: 'flag', strict: true },
	'audit.otlpEndpoint': { kind: 'text', what: 'url' },
	'audit.retentionDays': { kind: 'least', min: 0, max: 1_000_000 },
	'audit.retentionMegabytes': { kind: 'least', min: 0, max: 1_000_000_000 },
	'identity.trustedIssuers': { kind: 'list', what: 'issuers' },
	'identity.acceptLevelZero': { kind: 'flag', strict: false },
	'identity.trustedKeys': { kind: 'list', what: 'dids' },
	'identity.offline': { kind: 'flag', strict: true },
	'identity.maxStaleness': { kind: 'most', min: 1, max: 86_400 },
	'identity.audience': { kind: 'text', what: 'line' },
	'decisionService.url': { kind: 'text', what: 'url' },
	'decisionService.kind': { kind: 'choice', words: ['pip', 'opa'] },
	'breakGlass.keys': { kind: 'list', what: 'keys' },
	'grants.session': { kind: 'flag', strict: false },
	'grants.workspace': { kind: 'flag', strict: false },
	'grants.maxHours': { kind: 'most', min: 1, max: 720 },
	releaseWithheld: { kind: 'flag', strict: false },
	allowedServers: { kind: 'servers' },
	deniedServers: { kind: 'servers' },
} as const satisfies Readonly<Record<string, LockKind>>;

/** A key of the section `settings`. */
export type LockKey = keyof typeof LOCKS;

/** All keys, in the order of the reference. */
export const LOCK_KEYS = Object.keys(LOCKS) as readonly LockKey[];

/** What one policy says of one key. */
export interface LockedSetting {
	readonly key: LockKey;
	readonly value: JsonValue;
	readonly at: SourcePosition;
}

/** What the organisation's files say together. */
export interface OrganisationLocks {
	readonly locked: ReadonlyMap<LockKey, LockedSetting>;
	/** One for each file that has a list of servers. */
	readonly serverLists: readonly ServerLists[];
}

/** Nothing is locked. */
export const NO_LOCKS: OrganisationLocks = { locked: new Map(), serverLists: [] };

/** True when two say the same of everything, at the same places. */
export function sameLocks(a: OrganisationLocks, b: OrganisationLocks): boolean {
	const text = ({ locked, serverLists }: OrganisationLocks) => JSON.stringify([[...locked.values()], serverLists]);
	return a === b || text(a) === text(b);
}

/** Joins what several files say, uppermost first: the strictest of them holds. */
export function joinLocks(files: readonly (readonly LockedSetting[])[]): OrganisationLocks {
	const locked = new Map<LockKey, LockedSetting>();
	for (const setting of files.flat()) {
		const before = locked.get(setting.key);
		locked.set(setting.key, before === undefined ? setting : stricter(before, setting));
	}
	const serverLists = files.flatMap(settings => {
		const of = (key: LockKey) => settings.find(setting => setting.key === key);
		const [allowed, denied] = [of('allowedServers'), of('deniedServers')];
		const at = allowed?.at ?? denied?.at;
		const { lists } = readServerLists(
			at === undefined ? '' : `${at.file}:${String(at.line)}`,
			allowed?.value,
			denied?.value,
		);
		return lists ?? [];
	});
	return { locked, serverLists };
}

/**
 * What counts of a setting: the locked value, or the person's own within the bounds that are locked. `own` may be anything, as
 * editors hand on whatever stands in the settings; what is no number lies at the bound.
 */
export function underLock(key: LockKey, own: unknown, { locked }: OrganisationLocks): unknown {
	const setting = locked.get(key);
	if (setting === undefined) {
		return own;
	}
	const { kind } = LOCKS[key];
	if (kind !== 'most' && kind !== 'least') {
		return setting.value;
	}
	const bound = Number(setting.value);
	if (typeof own !== 'number' || !Number.isFinite(own)) {
		return bound;
	}
	return kind === 'most' ? Math.min(own, bound) : longer(own, bound);
}

/** A locked value as one word: a text as it is, anything else as JSON. */
export function lockWord({ value }: Pick<LockedSetting, 'value'>): string {
	return typeof value === 'string' ? value : JSON.stringify(value);
}

/** True where a flag is locked to this value. */
export function isLockedTo(key: LockKey, value: boolean, { locked }: OrganisationLocks): boolean {
	return locked.get(key)?.value === value;
}

/** Days or megabytes that are kept: 0 is no limit, and so the most. */
function longer(left: number, right: number): number {
	return left === 0 || right === 0 ? 0 : Math.max(left, right);
}

function stricter(upper: LockedSetting, lower: LockedSetting): LockedSetting {
	const lock: LockKind = LOCKS[upper.key];
	switch (lock.kind) {
		case 'word':
			return lock.words.indexOf(lockWord(lower)) < lock.words.indexOf(lockWord(upper)) ? lower : upper;
		case 'flag':
			return lock.strict !== undefined && upper.value !== lock.strict ? lower : upper;
		case 'file':
			// No file of one's own at all is stricter than one that is named.
			return lower.value === false ? lower : upper;
		case 'list': {
			const named = new Set(itemsOf(lower.value).map(canonicalJson));
			return { ...upper, value: itemsOf(upper.value).filter(item => named.has(canonicalJson(item))) };
		}
		case 'most':
			return Number(lower.value) < Number(upper.value) ? lower : upper;
		case 'least':
			return longer(Number(upper.value), Number(lower.value)) === upper.value ? upper : lower;
		case 'text':
		case 'choice':
		case 'servers':
			return upper;
	}
}

function itemsOf(value: JsonValue): readonly JsonValue[] {
	return isJsonArray(value) ? value : [];
}
