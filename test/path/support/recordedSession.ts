import { readdirSync, readFileSync } from 'node:fs';
import { type JsonObject, type JsonValue } from '../../../src/base/json';
import { type ApprovalAnswer, type ApprovalRequest, type ApprovalOutcome } from '../../../src/domain/approval/approval';
import { suggestCapability } from '../../../src/domain/policy/capability';
import { type Effect } from '../../../src/domain/policy/policy';
import { policyPrefixes } from '../../../src/domain/policy/prefixes';
import { type RecordedCall as TrailCall } from '../../../src/domain/policy/suggestRules';
import { factsOfEntry } from '../../../src/domain/audit/entryFacts';
import { type ServerEntry } from '../../../src/domain/registry/serverEntry';
import { type ToolDescriptor } from '../../../src/domain/registry/toolDescriptor';
import { aServerEntry } from '../../unit/support/serverEntries';
import { disklessRig, pinOf } from './rig';

const folder = new URL('../../fixtures/sessions/', import.meta.url);
/** The preset that is in force by default. */
export const balanced = readFileSync(new URL('../../../policies/balanced.yaml', import.meta.url), 'utf8');

/** A session of an agent with real servers, as scripts/sessions/record.mjs wrote it. */
export interface RecordedSession {
	readonly name: string;
	readonly servers: readonly {
		readonly name: string;
		readonly package: string;
		readonly tools: readonly (ToolDescriptor & { readonly annotations?: { readonly readOnlyHint?: boolean } })[];
	}[];
	readonly calls: readonly RecordedCall[];
}

/** One call, and what a sensible developer answers when asked about it. */
export interface RecordedCall {
	readonly server: string;
	readonly tool: string;
	readonly arguments: JsonObject;
	readonly answer: 'yes' | 'no';
	readonly text?: string;
}

/** What a session costs a person, and what it lets pass. */
export interface Cost {
	readonly prompts: number;
	/** Calls that ran without a question. */
	readonly unasked: readonly RecordedCall[];
	/** Of those, the ones that the developer would have denied. */
	readonly harm: readonly RecordedCall[];
	/** Calls that were refused, or denied by the person, although they were wanted. */
	readonly lost: readonly RecordedCall[];
}

/** All recorded sessions. */
export function recordedSessions(): readonly RecordedSession[] {
	return readdirSync(folder)
		.filter(name => name.endsWith('.json'))
		.sort()
		.map(name => JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as RecordedSession);
}

/**
 * VS Code by itself (spec/editor.md §4.2; `mcpLanguageModelToolContribution.ts`): it asks for every tool that does not say
 * `readOnlyHint: true`. With `remembers`, the first yes to a tool is "in this session", which stands for all its arguments.
 */
export function costInVsCode({ servers, calls }: RecordedSession, remembers: boolean): Cost {
	const allowed = new Set<string>();
	let prompts = 0;
	const unasked: RecordedCall[] = [];
	for (const call of calls) {
		const key = `${call.server}/${call.tool}`;
		const tool = servers.find(({ name }) => name === call.server)?.tools.find(({ name }) => name === call.tool);
		if (tool?.annotations?.readOnlyHint === true || allowed.has(key)) {
			unasked.push(call);
			continue;
		}
		prompts++;
		if (remembers && call.answer === 'yes') {
			allowed.add(key);
		}
	}
	return { prompts, unasked, harm: unasked.filter(({ answer }) => answer === 'no'), lost: [] };
}

/**
 * The firewall with the balanced preset as it is shipped, its compositions, and servers that were reviewed as they list
 * themselves. With `remembers`, the developer takes the widest answer that is offered.
 */
export async function costWithUs(
	session: RecordedSession,
	remembers: boolean,
	policy = balanced,
): Promise<Cost & { readonly verdicts: readonly Effect[]; readonly recorded: readonly TrailCall[] }> {
	const entries = new Map(session.servers.map(server => [server.name, reviewed(server)]));
	const rig = disklessRig({
		...{ policy, composition: true },
		ports: { registry: { find: id => [...entries.values()].find(entry => entry.id === id) } },
	});
	let prompts = 0;
	let current: RecordedCall | undefined;
	rig.approver.ask = (request: ApprovalRequest): Promise<ApprovalAnswer> => {
		prompts++;
		const outcome = current?.answer === 'yes' ? widest(request, remembers) : 'denied';
		return Promise.resolve({ requestId: request.id, digest: request.digest, outcome });
	};
	const opened = new Map(
		[...entries].map(([name, entry]) => {
			rig.openOther({ id: entry.id, name, packageName: packageOf(session, name), reviewRequired: true });
			return [name, rig.session] as const;
		}),
	);
	const unasked: RecordedCall[] = [];
	const lost: RecordedCall[] = [];
	for (const [at, call] of session.calls.entries()) {
		current = call;
		const before = { prompts, sent: rig.upstream.sent.length };
		rig.upstream.answers({ content: [{ type: 'text', text: call.text ?? 'done' }] });
		const message = {
			...{ jsonrpc: '2.0', id: at + 1, method: 'tools/call' },
			params: { name: call.tool, arguments: filled(call.arguments, rig.folder) as JsonObject },
		};
		await rig.sendOn(opened.get(call.server), message);
		const ran = rig.upstream.sent.length > before.sent;
		if (ran && prompts === before.prompts) {
			unasked.push(call);
		}
		if (!ran && call.answer === 'yes') {
			lost.push(call);
		}
	}
	const verdicts = rig.trail.entries
		.filter(({ kind }) => kind === 'call')
		.flatMap(({ verdict }) => verdict?.effect ?? []);
	const host = {
		...{ workspaceFolders: [rig.workspace], home: `${rig.folder}/home` },
		...{ platform: 'posix' as const, caseInsensitivePaths: false },
	};
	const prefixes = rig.load.policy === undefined ? new Map() : policyPrefixes(rig.load.policy, host);
	const recorded = rig.trail.entries
		.filter(({ kind }) => kind === 'call')
		.flatMap(entry => {
			// What went upstream has its facts in the entry of its verdict.
			const verdict = rig.trail.entries.find(each => each.kind === 'verdict' && each.callId === entry.id);
			const known = factsOfEntry(
				{ ...entry, ...(verdict?.facts && { facts: verdict.facts }) },
				host,
				prefixes,
				rig.load,
			);
			return known === undefined ? [] : [{ entry, facts: known.facts, whole: known.gaps.length === 0 }];
		});
	return { prompts, unasked, lost, harm: unasked.filter(({ answer }) => answer === 'no'), verdicts, recorded };
}

function widest({ scopes }: ApprovalRequest, remembers: boolean): ApprovalOutcome {
	if (!remembers) {
		return 'allowed-once';
	}
	return scopes.includes('hour') ? 'allowed-hour' : scopes.includes('session') ? 'allowed-session' : 'allowed-once';
}

function packageOf({ servers }: RecordedSession, name: string): string {
	return servers.find(server => server.name === name)?.package ?? name;
}

function reviewed({ name, package: packageName, tools }: RecordedSession['servers'][number]): ServerEntry {
	return aServerEntry({
		...{ id: `id-of-${name}`, name, reviewedAt: '2026-10-01T12:00:00.000Z' },
		tools: tools.map(tool => {
			const subject = { policyTable: new Map<string, string>(), serverName: name, packageName, tool: tool.name };
			return pinOf(tool, suggestCapability({ ...subject, descriptor: tool }).capability);
		}),
	});
}

function filled(value: JsonValue, folder: string): JsonValue {
	const text = JSON.stringify(value)
		.replaceAll('{ws}', `${folder}/ws`)
		.replaceAll('{home}', `${folder}/home`)
		.replaceAll('{web}', 'http://127.0.0.1:8080');
	return JSON.parse(text) as JsonValue;
}
