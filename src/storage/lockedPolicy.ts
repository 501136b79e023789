import { join } from 'node:path';
import { type JsonValue } from '../base/json';
import { phrase } from '../base/phrase';
import {
	joinLocks,
	LOCK_KEYS,
	LOCKS,
	type LockedSetting,
	type LockKey,
	type OrganisationLocks,
} from '../domain/policy/organisationLocks';
import { type LayerKind, type PolicyLoad, type PolicyProblem } from '../domain/policy/policy';
import { problemAt } from '../domain/policy/policyProblem';

/** The presets that came with the product, and the one that counts where nobody may have a policy of their own. */
export interface PresetFiles {
	/** Absolute folder with `strict.yaml`, `balanced.yaml` and `observe.yaml`. */
	readonly folder: string;
	readonly chosen: string;
}

/**
 * What counts of a file of the organisation of which nobody knows what it locks. INVARIANT: until it can be read nothing that
 * it may forbid is done and cannot be taken back: no server starts, no trail is thrown away, nothing withheld is let go.
 */
const UNKNOWN_LOCKS = {
	allowedServers: [],
	'audit.retentionDays': 0,
	'audit.retentionMegabytes': 0,
	releaseWithheld: false,
} as const satisfies Partial<Record<LockKey, JsonValue>>;

function unknownLocks(file: string): readonly LockedSetting[] {
	const at = { file, line: 1, column: 1 };
	return LOCK_KEYS.flatMap(key => {
		const value: JsonValue | undefined = (UNKNOWN_LOCKS as Partial<Record<LockKey, JsonValue>>)[key];
		return value === undefined ? [] : [{ key, value, at }];
	});
}

/**
 * What the organisation's files lock. `before` has what each said when it could last be read: a file that is broken now still
 * locks that, and one that never could be read locks {@link UNKNOWN_LOCKS}. It is brought up to date.
 */
export function locksOf(
	loads: readonly PolicyLoad[],
	before: Map<string, readonly LockedSetting[]>,
): OrganisationLocks {
	return joinLocks(
		loads.map(({ file, policy }) => {
			if (policy === undefined) {
				return before.get(file) ?? unknownLocks(file);
			}
			const said = policy.settings ?? [];
			before.set(file, said);
			return said;
		}),
	);
}

/** The file that is everybody's own policy now: the one that they chose, unless the organisation locked another one. */
export function lockedBase(chosen: string, presets: PresetFiles | undefined, { locked }: OrganisationLocks): string {
	const file = locked.get('policyFile')?.value;
	if (typeof file === 'string') {
		return file;
	}
	const preset = locked.get('preset')?.value;
	if (presets === undefined || (preset === undefined && file === undefined)) {
		return chosen;
	}
	const isPreset = LOCKS.preset.words.some(name => join(presets.folder, `${name}.yaml`) === chosen);
	if (preset === undefined && isPreset) {
		return chosen;
	}
	return join(presets.folder, `${typeof preset === 'string' ? preset : presets.chosen}.yaml`);
}

/** What a file that is no organisation's says in vain. */
export function ignoredSettings(kind: LayerKind, { policy }: PolicyLoad): readonly PolicyProblem[] {
	const [first] = kind === 'organisation' ? [] : (policy?.settings ?? []);
	if (first === undefined) {
		return [];
	}
	const said = phrase(
		"'settings' is ignored here: only a file of an organisation locks settings (/etc/mcp-firewall/policy.yaml and its like, or mcpFirewall.organisationPolicy).",
	);
	return [problemAt('warning', 'ignored', said, first.at)];
}
