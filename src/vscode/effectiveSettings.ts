import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../base/disposable';
import { Emitter } from '../base/event';
import {
	LOCK_KEYS,
	type LockedSetting,
	type LockKey,
	NO_LOCKS,
	type OrganisationLocks,
	underLock,
} from '../domain/policy/organisationLocks';
import { type PolicyFiles } from '../storage/policyFiles';
import { settingIds } from './contributions';

/** The id of one of the product's settings. */
export type SettingId = (typeof settingIds)[keyof typeof settingIds];

const changed = new Emitter<void>();
let locksNow: () => OrganisationLocks = () => NO_LOCKS;

/**
 * From now on what the organisation's files lock stands above what the settings say. One policy for each extension host: whoever
 * reads a setting does not have to be handed it.
 */
export function followLocks(policy: Pick<PolicyFiles, 'locks' | 'onDidChangeLocks'>): Disposable {
	const store = new DisposableStore();
	locksNow = () => policy.locks();
	store.add(policy.onDidChangeLocks(() => changed.fire()));
	return {
		dispose: () => {
			store.dispose();
			locksNow = () => NO_LOCKS;
		},
	};
}

/** What is locked now. */
export function currentLocks(): OrganisationLocks {
	return locksNow();
}

/**
 * What counts of a setting: the organisation's word, else the person's. INVARIANT: nothing else in `src/vscode` reads a setting of
 * the product, so that none of them can be loosened past a lock. The value may be of another type than `T` where the person
 * wrote nonsense.
 */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- what the caller expects, as in the editor's own `get`
export function setting<T>(id: SettingId): T | undefined;
export function setting<T>(id: SettingId, byDefault: T): T;
export function setting(id: SettingId, byDefault?: unknown): unknown {
	const own: unknown = vscode.workspace.getConfiguration().get(id, byDefault);
	const key = keyOf(id);
	return key === undefined ? own : underLock(key, own, locksNow());
}

/** The lock on a setting, with the place where it stands; undefined where the person decides. */
export function lockOn(id: SettingId): LockedSetting | undefined {
	const key = keyOf(id);
	return key === undefined ? undefined : locksNow().locked.get(key);
}

/** Tells when one of these may count otherwise than before: the person changed it, or the organisation's files did. */
export function onDidChangeSettings(ids: readonly SettingId[], listener: () => void): Disposable {
	const store = new DisposableStore();
	store.add(
		vscode.workspace.onDidChangeConfiguration(change => {
			if (ids.some(id => change.affectsConfiguration(id))) {
				listener();
			}
		}),
	);
	let before = ids.map(id => JSON.stringify(lockOn(id)?.value)).join('\n');
	store.add(
		changed.event(() => {
			const now = ids.map(id => JSON.stringify(lockOn(id)?.value)).join('\n');
			if (now !== before) {
				before = now;
				listener();
			}
		}),
	);
	return store;
}

/** The setting that a key of the section `settings` stands for; undefined for what is no setting. */
export function settingOf(key: LockKey): SettingId | undefined {
	return Object.values(settingIds).find(id => id === `mcpFirewall.${key}`);
}

function keyOf(id: SettingId): LockKey | undefined {
	return LOCK_KEYS.find(key => id === `mcpFirewall.${key}`);
}
