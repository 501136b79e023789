import { isDestructive } from './capabilityName';
import { commandPaths } from './commandPaths';
import { secretPieces, untrustedPassages, withLabelled } from './dataFlow';
import { deniedCall, variantsAmong } from './deniedVariants';
import { type HostFacts, type PathFact } from './facts';
import { nameTokens } from './nameTokens';
import { protectionFor } from './protection';
import { removalsIn } from './removals';
import {
	MANY_READS,
	MANY_RETRIES,
	type RememberedText,
	type SessionCall,
	type SessionEvent,
	type SessionState,
} from './sessionState';

const MAX_SERVERS = 16;
const MAX_DENIED_TOOLS = 64;
/** Denied calls of one tool. */
const MAX_DENIED = 16;
const MAX_SUSPENDED = 1024;
const MAX_TEXT = 32_768;
const MAX_TEXTS = 262_144;

/** Resources whose results are written by other people. */
const OUTSIDE =
	/^(?:network|web|browser|http|search|mail|email|message|messages|chat|slack|github|gitlab|jira|issues?|tickets?|rss|feed)\./;
const LIST_WORDS = new Set(['list', 'search', 'find', 'tree', 'glob', 'ls', 'enumerate', 'query', 'grep', 'scan']);

/** Places of protectedPlaces.ts that hold secrets, and those that run later. */
const SECRET_PLACES = new Set(['credentials', 'package-credentials', 'environment-file', 'key-file', 'shell-history']);
const PERSISTENT_PLACES = new Set([
	'git-internals',
	'git-folder',
	'command-folders',
	'editor-startup',
	'build-code-of-all',
	'git-settings',
	'mcp-servers',
	'mcp-servers-file',
	'editor-code',
	'editor-settings',
	'commit-hooks',
	'package-scripts',
	'ci-workflow',
	'agent-instructions',
	'shell-startup',
	'autostart',
]);
const CONFIG_NAME =
	/^\.[\w-]+rc(?:\.\w+)?$|config|settings|policy|\.(?:ya?ml|toml|ini|conf|cfg|properties|tf|tfvars)$|^(?:dockerfile|makefile|procfile|compose)/i;

/** The state after an event. Pure, and bounded in memory and time whatever the texts hold. */
export function noteCall(state: SessionState, event: SessionEvent): SessionState {
	switch (event.kind) {
		case 'denied':
			return noteDenied(state, event.call);
		case 'lifted':
			return noteLifted(state, event.tool);
		case 'answered':
			return noteAnswered(state, event);
	}
}

function noteDenied(state: SessionState, call: SessionCall): SessionState {
	const key = toolKey(call);
	const known = state.denials.get(key) ?? [];
	const fresh = deniedCall(call);
	if (known.some(({ digest }) => digest === fresh.digest)) {
		return state;
	}
	const others = [...state.denials].filter(([other]) => other !== key).slice(-(MAX_DENIED_TOOLS - 1));
	const suspend = variantsAmong(known, fresh) >= MANY_RETRIES && state.suspended.size < MAX_SUSPENDED;
	return {
		...state,
		denials: new Map([...others, [key, [...known, fresh].slice(-MAX_DENIED)]]),
		suspended: suspend ? new Set([...state.suspended, key]) : state.suspended,
	};
}

function noteLifted(state: SessionState, tool: Pick<SessionCall, 'server' | 'tool'>): SessionState {
	return {
		...state,
		denials: new Map([...state.denials].filter(([other]) => !isKeyOf(other, tool))),
		suspended: new Set([...state.suspended].filter(other => !isKeyOf(other, tool))),
	};
}

function noteAnswered(state: SessionState, event: SessionEvent & { readonly kind: 'answered' }): SessionState {
	const { call, host, findings, resultBytes } = event;
	const { paths = [] } = call;
	const reads = /\.(?:read|list|get|search)$/.test(call.capability);
	const writes = !reads && /\.(?:write|delete|drop|send|execute)$/.test(call.capability);
	const secret =
		findings.secret || call.capability.startsWith('secrets.') || (!writes && touches(paths, host, SECRET_PLACES));
	const untrusted = findings.instructionShaped || event.outside === true || OUTSIDE.test(call.capability);
	const removals = removalsIn(call);
	const commanded = call.capability.startsWith('shell.') ? commandPaths(call.arguments, host) : [];
	const counts = reads || event.outside === true;
	const { server } = call;
	const labelled = [
		secret ? secretPieces(server, event.secrets ?? [], event.resultTexts) : undefined,
		untrusted ? untrustedPassages(server, event.resultTexts) : undefined,
	];
	return {
		...state,
		secretFrom: secret ? withServer(state.secretFrom, call.server) : state.secretFrom,
		untrusted: state.untrusted || untrusted,
		persistenceWritten:
			state.persistenceWritten ||
			(writes && touches(paths, host, PERSISTENT_PLACES)) ||
			commanded.some(path => isPlace(path, host, PERSISTENT_PLACES)),
		configWritten: state.configWritten || (writes && writesConfig(call, paths)),
		readPaths: reads ? withPaths(state.readPaths, paths) : state.readPaths,
		readBytes: counts
			? Math.min(state.readBytes + Math.max(0, resultBytes), Number.MAX_SAFE_INTEGER)
			: state.readBytes,
		listed:
			state.listed ||
			(!isDestructive(call.capability) && nameTokens(call.tool).some(token => LIST_WORDS.has(token))),
		deletes: state.deletes + (state.listed && event.again !== true ? removals : 0),
		texts: withTexts(state.texts, { server: call.server, untrusted, text: event.resultTexts.join('\n') }),
		labelled: withLabelled(state.labelled, labelled),
	};
}

/** How a tool is told apart in a session; names may hold slashes. */
export function toolKey({ server, tool }: Pick<SessionCall, 'server' | 'tool'>): string {
	return JSON.stringify([server, tool.slice(0, 256)]);
}

/** Stands for all tools of a server; no tool can have this name. */
export const ALL_TOOLS = '*';

/** True when the key of {@link toolKey} is that of this tool, or of one of all its server's tools. */
export function isKeyOf(key: string, { server, tool }: Pick<SessionCall, 'server' | 'tool'>): boolean {
	return tool === ALL_TOOLS ? key.startsWith(`[${JSON.stringify(server)},`) : key === toolKey({ server, tool });
}

function touches(paths: readonly PathFact[], host: HostFacts, places: ReadonlySet<string>): boolean {
	return paths.some(path => path.candidates.some(form => isPlace(form, host, places)));
}

function isPlace(form: string, host: HostFacts, places: ReadonlySet<string>): boolean {
	return ['filesystem.read', 'filesystem.write'].some(capability =>
		places.has(protectionFor(form, capability, host)?.id ?? ''),
	);
}

function writesConfig(call: SessionCall, paths: readonly PathFact[]): boolean {
	return (
		/^(?:config|policy|settings)\./.test(call.capability) ||
		paths.some(path => path.candidates.some(form => CONFIG_NAME.test(form.split('/').at(-1) ?? '')))
	);
}

function withServer(servers: readonly string[], server: string): readonly string[] {
	return servers.includes(server) || servers.includes('*')
		? servers
		: servers.length < MAX_SERVERS
			? [...servers, server]
			: ['*'];
}

function withPaths(known: ReadonlySet<string>, paths: readonly PathFact[]): ReadonlySet<string> {
	if (known.size >= MANY_READS) {
		return known;
	}
	return new Set([...known, ...paths.map(path => path.candidates[0] ?? path.raw)].slice(0, MANY_READS));
}

function withTexts(texts: readonly RememberedText[], fresh: RememberedText): readonly RememberedText[] {
	if (fresh.text === '') {
		return texts;
	}
	const all = [...texts, { ...fresh, text: fresh.text.slice(0, MAX_TEXT).toLowerCase() }];
	let room = MAX_TEXTS;
	let first = all.length;
	while (first > 0 && all.length - first < MAX_TEXTS / 1024) {
		room -= all[first - 1]?.text.length ?? 0;
		if (room < 0) {
			break;
		}
		first--;
	}
	return all.slice(first);
}
