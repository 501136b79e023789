import { inEnglish, type Phrase, phrase } from '../../base/phrase';
import { canonicalJson, isJsonArray, type JsonValue } from '../../base/json';
import { type Launch } from './launch';
import { readLaunchSource } from './launchSource';
import { withVersion } from './packageSpec';
import { plainServerName } from './serverName';
import { MATCHER_KEYS, matchesServer, readMatchers, type ServerForm, type ServerMatcher } from './serverMatcher';

/** What one place says about which servers may run. */
export interface ServerLists {
	/** Where that stands, for people: a setting of VS Code, or a file. */
	readonly source: string;
	/** Absent: there is no such list, so it forbids nothing. Empty: nothing is allowed. */
	readonly allowed?: readonly ServerMatcher[];
	/** `all` where a list is there that cannot be read. */
	readonly denied: readonly ServerMatcher[] | 'all';
	/** `chat.mcp.access`: `none` starts nothing, `registry` only what VS Code's MCP registry knows, which cannot be asked here. */
	readonly access?: 'none' | 'registry';
}

/** What one place says, as it is written; other processes of the person read it anew. */
export interface RecordedServerList {
	readonly source: string;
	readonly allowed?: JsonValue;
	readonly denied?: JsonValue;
	readonly access?: 'none' | 'registry';
}

/** What the open workspace says of VS Code's lists of servers. */
export interface WorkspaceLists {
	/** For its own folders. */
	readonly lists: readonly RecordedServerList[];
	/** Of these, what a policy of VS Code may say as well: which of the two is in effect cannot be told where they say the same. */
	readonly perhapsShared: readonly RecordedServerList[];
}

/** One text for lists that say the same in the same place. */
export function listKey({ source, allowed = null, denied = null, access }: RecordedServerList): string {
	return canonicalJson([source, allowed, denied, access ?? null]);
}

/** Whether a server may be guarded, started or reached. */
export type ListVerdict =
	| { readonly kind: 'allowed' }
	| { readonly kind: 'denied' | 'not-listed' | 'no-access' | 'registry-only'; readonly source: string };

/** How a server looks to the lists. */
export interface ListedServer {
	/** Exactly what VS Code would judge: the definition as it was found, and what runs. One of them on the list is enough. */
	readonly exact: readonly ServerForm[];
	/** More ways to see it that count for denials alone. */
	readonly wide: readonly ServerForm[];
	/** What the editor starts in its place: our socket, our shim. A list that names that means whatever is guarded. */
	readonly own?: readonly ServerForm[];
}

/** `definition`: variables are not filled in yet, so that what holds one may still turn out to be on the list. */
export type ListStage = 'definition' | 'resolved';

const DENIED = {
	noList: (source: string) => phrase('The list of denied servers in {0} is no list.', source),
	entry: (at: number, source: string) => phrase('Entry {0} of the list of denied servers in {1}', at, source),
};
const ALLOWED: typeof DENIED = {
	noList: source => phrase('The list of allowed servers in {0} is no list.', source),
	entry: (at, source) => phrase('Entry {0} of the list of allowed servers in {1}', at, source),
};

/**
 * Reads the two lists of one place. Null and undefined are no list, as in VS Code. INVARIANT: what cannot be read opens nothing:
 * an allowed entry then matches nothing, a denied one whatever can be read of it, and what is no list at all forbids everything.
 */
export function readServerLists(
	source: string,
	allowed: JsonValue | undefined,
	denied: JsonValue | undefined,
): { readonly lists: ServerLists | undefined; readonly problems: readonly string[]; readonly said: readonly Phrase[] } {
	const said: Phrase[] = [];
	const entries = (value: JsonValue, words: typeof DENIED) => {
		if (!isJsonArray(value)) {
			said.push(words.noList(source));
			return undefined;
		}
		return value.map((entry, index) => {
			const read = readMatchers(entry);
			if (!read.ok) {
				const where = words.entry(index + 1, source);
				said.push(
					read.why === undefined
						? phrase('{0} must have exactly one of {1}.', where, MATCHER_KEYS.join(', '))
						: { text: '{0}: {1}.', args: [where, { text: read.why, args: [] }] },
				);
			}
			return read;
		});
	};
	const no = denied ?? undefined;
	const yes = allowed ?? undefined;
	if (no === undefined && yes === undefined) {
		return { lists: undefined, problems: [], said };
	}
	const deniedEntries = no === undefined ? [] : entries(no, DENIED);
	const allowedEntries = yes === undefined ? undefined : (entries(yes, ALLOWED) ?? []);
	const lists: ServerLists = {
		source,
		denied: deniedEntries?.flatMap(({ all }) => all) ?? 'all',
		...(allowedEntries !== undefined && { allowed: allowedEntries.flatMap(({ ok, all }) => (ok ? all : [])) }),
	};
	return { lists, problems: said.map(inEnglish), said };
}

/** What was written, read. */
export function placesOf(recorded: readonly RecordedServerList[]): readonly ServerLists[] {
	return recorded.flatMap(({ source, allowed, denied, access }) => {
		const { lists } = readServerLists(source, allowed, denied);
		const only = access === undefined ? [] : [{ source, denied: [], access }];
		return [...(lists === undefined ? [] : [lists]), ...only];
	});
}

/**
 * Whether every place lets a server run. Deny wins; each list of allowed servers has to have it, so that a further place (a
 * workspace, a second file) can only tighten.
 */
export function judgeServer(places: readonly ServerLists[], server: ListedServer, stage: ListStage): ListVerdict {
	const all = [...server.exact, ...server.wide];
	for (const { source, denied, access } of places) {
		if (access === 'none') {
			return { kind: 'no-access', source };
		}
		if (denied === 'all' || denied.some(matcher => all.some(form => matchesServer(matcher, form)))) {
			return { kind: 'denied', source };
		}
	}
	const lists = places.flatMap(({ source, allowed }) => (allowed === undefined ? [] : [{ source, allowed }]));
	const missing = lists.find(
		({ allowed }) =>
			!allowed.some(
				matcher =>
					server.exact.some(form => matchesServer(matcher, form)) ||
					(stage === 'definition' && server.exact.some(form => mayMatch(matcher, form))) ||
					(namesOurs(matcher) && (server.own?.some(form => matchesServer(matcher, form)) ?? false)),
			),
	);
	if (missing !== undefined) {
		return { kind: 'not-listed', source: missing.source };
	}
	const registry = places.find(({ access }) => access === 'registry');
	return registry !== undefined && lists.length === 0
		? { kind: 'registry-only', source: registry.source }
		: { kind: 'allowed' };
}

/**
 * How a server looks to the lists. `launch` is what would run, `pinnedFrom` the package as its definition words it where a
 * review put an exact version in its place.
 */
export function listedServer(name: string, launch: Launch, pinnedFrom?: string): ListedServer {
	const form: Omit<ServerForm, 'name'> =
		launch.kind === 'http' ? { url: launch.url } : { command: [launch.command, ...launch.args] };
	const exact = [{ name, ...form }];
	const { kind, spec, version = '' } = readLaunchSource(launch);
	// Whoever could write the registry must not be able to name another package here.
	const isSame = pinnedFrom !== undefined && withVersion(kind, pinnedFrom, version) === spec;
	if (launch.kind === 'stdio' && spec !== undefined && isSame) {
		exact.push({ name, command: [launch.command, ...launch.args.map(arg => unpinned(arg, spec, pinnedFrom))] });
	}
	// Labels are unique, so a second server of one name has the folder or a number behind it.
	const plain = plainServerName(name);
	return { exact, wide: plain === name ? [] : [{ name: plain }] };
}

/** One sentence for people; undefined where the server may run. Holds nothing of the server. */
export function listRefusal(verdict: ListVerdict): Phrase | undefined {
	switch (verdict.kind) {
		case 'allowed':
			return undefined;
		case 'denied':
			return phrase('It is on your organisation’s list of denied MCP servers ({0}).', verdict.source);
		case 'not-listed':
			return phrase('It is not on your organisation’s list of allowed MCP servers ({0}).', verdict.source);
		case 'no-access':
			return phrase('MCP servers are turned off ({0} is none).', verdict.source);
		case 'registry-only':
			return phrase(
				'Only servers of the MCP registry may run ({0} is registry), and MCP Firewall cannot ask it. ' +
					'A list of allowed servers that names this one lets it run.',
				verdict.source,
			);
	}
}

/** `--package=SPEC` names it as well. */
function unpinned(arg: string, spec: string, before: string): string {
	return arg === spec || arg.endsWith(`=${spec}`) ? arg.slice(0, arg.length - spec.length) + before : arg;
}

const VARIABLE = /\$\{[^}]*\}/;

/** As VS Code before it knows the variables: an entry of that kind is enough, unless it is about the name. */
function mayMatch(matcher: ServerMatcher, { url, command }: ServerForm): boolean {
	return matcher.kind === 'url'
		? url !== undefined && VARIABLE.test(url)
		: matcher.kind === 'command' && (command?.some(part => VARIABLE.test(part)) ?? false);
}

/** INVARIANT: "every URL" (`*://*`) means servers by URL, not the socket behind which anything can be. */
function namesOurs(matcher: ServerMatcher): boolean {
	return matcher.kind === 'command' || (matcher.kind === 'url' && /^(?:unix|pipe):/i.test(matcher.pattern));
}
