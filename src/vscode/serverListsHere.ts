import * as vscode from 'vscode';
import { type Phrase } from '../base/phrase';
import { type JsonValue } from '../base/json';
import { editorBars, type EditorRules } from '../domain/registry/editorBars';
import { type AskBars } from '../domain/registry/inventory';
import { type Launch } from '../domain/registry/launch';
import { type ServerForm } from '../domain/registry/serverMatcher';
import {
	judgeServer,
	listedServer,
	listKey,
	listRefusal,
	type ListStage,
	type ListVerdict,
	placesOf,
	type RecordedServerList,
	type ServerLists,
	type WorkspaceLists,
} from '../domain/registry/serverLists';
import { currentLocks } from './effectiveSettings';
import { type Barred } from './guardPorts';
import { sayPhrase } from './say';
import { wayToList } from './wayToList';

/** A server as the lists see it. */
export interface ServerToJudge {
	readonly name: string;
	readonly launch: Launch;
	readonly pinnedFrom?: string;
}

/** The section in which VS Code keeps its lists of servers (policies ChatAllowedMcpServers, ChatDeniedMcpServers, ChatMCP). */
const SECTION = 'chat.mcp';

/** True for a change after which other servers may run. */
export function affectsServerLists(change: vscode.ConfigurationChangeEvent): boolean {
	return change.affectsConfiguration(SECTION);
}

/** VS Code's own lists, by the folders in which they hold, as other processes of the person may know them. */
export interface EditorServerLists {
	/** The person's and a policy's. */
	readonly everywhere: readonly RecordedServerList[];
	readonly ofWorkspace: WorkspaceLists;
}

/**
 * VS Code's own lists. INVARIANT: each value of each scope is a list of its own, and a server has to pass them all, so that a
 * workspace can only tighten. A policy's value is the one in effect, unless the workspace says the same.
 */
export function editorServerLists(): EditorServerLists {
	const configuration = vscode.workspace.getConfiguration(SECTION);
	const all = LISTS.map(([key, listOf]) => {
		const found = configuration.inspect<JsonValue>(key);
		const lists = (...values: readonly (JsonValue | undefined)[]) =>
			distinct(values.flatMap(value => (value === undefined || value === null ? [] : listOf(value))));
		const here = lists(found?.workspaceValue, found?.workspaceFolderValue);
		const own = lists(found?.globalValue);
		const inEffect = without(lists(configuration.get<JsonValue>(key)), own);
		const perhapsShared = inEffect.filter(list => without([list], here).length === 0);
		return { everywhere: [...own, ...without(inEffect, here)], lists: here, perhapsShared };
	});
	const everywhere = all.flatMap(each => each.everywhere);
	const hasAllowed = everywhere.some(({ source, allowed }) => source === ALLOWED && allowed !== undefined);
	// VS Code then takes the list from a policy alone; without one it allows nothing, whatever a workspace allows.
	const counts = ({ source }: RecordedServerList) => source !== MANAGED_ONLY || !hasAllowed;
	return {
		everywhere: everywhere.filter(counts),
		ofWorkspace: {
			lists: all.flatMap(each => each.lists).filter(counts),
			perhapsShared: all.flatMap(each => each.perhapsShared).filter(counts),
		},
	};
}

const ALLOWED = `${SECTION}.allowedServers`;
const MANAGED_ONLY = `${SECTION}.allowManagedServersOnly`;

/** The settings by name, and the list that a value of one is; none for a value that forbids nothing. */
const LISTS: readonly (readonly [key: string, listOf: (value: JsonValue) => readonly RecordedServerList[]])[] = [
	['allowedServers', allowed => [{ source: ALLOWED, allowed }]],
	['deniedServers', denied => [{ source: `${SECTION}.deniedServers`, denied }]],
	['allowManagedServersOnly', value => (value === true ? [{ source: MANAGED_ONLY, allowed: [] }] : [])],
	['access', access => (access === 'none' || access === 'registry' ? [{ source: `${SECTION}.access`, access }] : [])],
];

function distinct(lists: readonly RecordedServerList[]): readonly RecordedServerList[] {
	return [...new Map(lists.map(list => [listKey(list), list])).values()];
}

function without(
	lists: readonly RecordedServerList[],
	others: readonly RecordedServerList[],
): readonly RecordedServerList[] {
	const known = new Set(others.map(listKey));
	return lists.filter(list => !known.has(listKey(list)));
}

/**
 * A phrase where VS Code's lists or the organisation's keep a server from running here; undefined where it may. `own` is
 * what the editor starts in its place.
 */
export function notListedHere(
	server: ServerToJudge,
	stage: ListStage,
	own: readonly ServerForm[] = [],
): Phrase | undefined {
	return listRefusal(verdictHere(server, stage, own));
}

/** The same for a server that is not guarded yet, with the way to what keeps it from running; `handbook` explains policies of VS Code. */
export function barredHere(server: ServerToJudge, handbook: vscode.Uri): Barred | undefined {
	const verdict = verdictHere(server, 'definition', []);
	const why = listRefusal(verdict);
	if (verdict.kind === 'allowed' || why === undefined) {
		return undefined;
	}
	const placeOf = (key: string) => {
		const found = vscode.workspace.getConfiguration().inspect(key);
		return found?.globalValue !== undefined
			? 'user'
			: found?.workspaceValue !== undefined
				? 'workspace'
				: undefined;
	};
	return { why: sayPhrase(why), button: wayToList(verdict.source, placeOf, handbook) };
}

/**
 * How definitions that files hold count where lists keep them from being guarded. The lists are read once, with the first question:
 * make it anew for each pass over the definitions.
 */
export function barsHere(): AskBars {
	let known: { readonly places: readonly ServerLists[]; readonly rules: EditorRules } | undefined;
	return (server, { kind }) => {
		known ??= { places: placesNow(), rules: editorRules() };
		const listed = listedServer(server.name, server.launch);
		const why = listRefusal(judgeServer(known.places, listed, 'definition'));
		return why === undefined
			? undefined
			: { why: sayPhrase(why), coverage: editorBars(known.rules, server, kind) ? 'inactive' : 'unsupported' };
	};
}

function editorRules(): EditorRules {
	const configuration = vscode.workspace.getConfiguration(SECTION);
	const denied = configuration.get<JsonValue>('deniedServers');
	const access = ofPerson(configuration.inspect<JsonValue>('access'));
	return {
		version: vscode.version,
		...(access !== undefined && { access }),
		...(denied !== undefined && { denied }),
	};
}

/** The value that no workspace has set. */
function ofPerson(found: ReturnType<vscode.WorkspaceConfiguration['inspect']>): JsonValue | undefined {
	const isOfWorkspace = found?.workspaceValue !== undefined || found?.workspaceFolderValue !== undefined;
	return isOfWorkspace ? undefined : ((found?.globalValue ?? found?.defaultValue) as JsonValue | undefined);
}

function verdictHere(
	{ name, launch, pinnedFrom }: ServerToJudge,
	stage: ListStage,
	own: readonly ServerForm[],
): ListVerdict {
	return judgeServer(placesNow(), { ...listedServer(name, launch, pinnedFrom), own }, stage);
}

/** All lists that count now, read anew. */
function placesNow(): readonly ServerLists[] {
	const { everywhere, ofWorkspace } = editorServerLists();
	return [...placesOf([...everywhere, ...ofWorkspace.lists]), ...currentLocks().serverLists];
}

/** True where VS Code runs one server of a name and keeps the others off. An older one has no such setting, and runs all. */
export function runsOneOfAName(): boolean {
	return vscode.workspace.getConfiguration(SECTION).get('collisionBehavior') === 'disable';
}
