import { canonicalJson, type JsonObject, ownMember } from '../../base/json';
import { type ServerEntry } from './serverEntry';
import { type ReviewSubject } from './reviewSubject';
import { type ListedItem, type ServerSurface } from './surface';
import { surfaceChange, type SurfaceChange } from './surfaceChange';
import { textChange, valueChange } from './textChange';
import { toolDiff } from './toolDiff';
import { type ToolDescriptor } from './toolDescriptor';

/** What a person accepted of a server, in the form in which a server lists it. */
export function reviewedSurface(entry: ServerEntry): ServerSurface {
	const { identity, protocolVersion, tools, surface } = entry;
	const items = (pins: readonly { readonly key: string; readonly reviewed: JsonObject }[]) =>
		pins.map(({ key, reviewed }) => ({ key, text: reviewed }));
	return {
		serverInfo: identity ?? { name: '', version: '' },
		protocolVersion: protocolVersion ?? '',
		...(surface.instructions !== undefined && { instructions: surface.instructions.reviewed }),
		tools: tools.map(({ reviewed }) => reviewed),
		prompts: items(surface.prompts),
		resourceTemplates: items(surface.resourceTemplates),
	};
}

/**
 * What differs between what was reviewed and what a server says now, named. The order of tools, prompts and templates does
 * not count, nor does that of keys. Surfaces that are not equal give at least one change. Both are attacker-controlled.
 */
export function surfaceDiff(before: ServerSurface, after: ServerSurface): readonly SurfaceChange[] {
	return [
		...identityChanges(before, after),
		...instructionChanges(before.instructions, after.instructions),
		...toolChanges(before.tools, after.tools),
		...itemChanges('prompt', before.prompts, after.prompts),
		...itemChanges('template', before.resourceTemplates, after.resourceTemplates),
	];
}

function identityChanges(before: ServerSurface, after: ServerSurface): readonly SurfaceChange[] {
	const subject: ReviewSubject = { kind: 'identity' };
	const [was, is] = [before.serverInfo, after.serverInfo];
	return [
		...(was.name === is.name ? [] : [surfaceChange('identity-changed', subject)]),
		...(was.version === is.version ? [] : [surfaceChange('version-changed', subject)]),
		...(before.protocolVersion === after.protocolVersion ? [] : [surfaceChange('protocol-changed', subject)]),
	];
}

function instructionChanges(before: string | undefined, after: string | undefined): readonly SurfaceChange[] {
	const subject: ReviewSubject = { kind: 'instructions' };
	if (before === undefined || after === undefined) {
		const kind = after === undefined ? 'instructions-removed' : 'instructions-added';
		return before === after ? [] : [surfaceChange(kind, subject)];
	}
	const kind = textChange(before, after);
	return kind === undefined ? [] : [surfaceChange(kind, subject)];
}

function toolChanges(before: readonly ToolDescriptor[], after: readonly ToolDescriptor[]): readonly SurfaceChange[] {
	const nameless = (tool: ToolDescriptor) => bodyOf({ ...tool });
	return matched('tool', {
		before: before.map(tool => ({ key: tool.name, value: tool, body: nameless(tool) })),
		after: after.map(tool => ({ key: tool.name, value: tool, body: nameless(tool) })),
		diff: toolDiff,
	});
}

function itemChanges(
	kind: 'prompt' | 'template',
	before: readonly ListedItem[],
	after: readonly ListedItem[],
): readonly SurfaceChange[] {
	const members = (items: readonly ListedItem[]) =>
		items.map(item => ({ key: item.key, value: item, body: bodyOf(item.text) }));
	return matched(kind, {
		before: members(before),
		after: members(after),
		diff: (was, is) => itemDiff(kind, was, is),
	});
}

/** Canonical text of all but the name, or the address that a template is called by. */
function bodyOf(members: JsonObject): string {
	return canonicalJson(
		Object.fromEntries(Object.entries(members).filter(([key]) => key !== 'name' && key !== 'uriTemplate')),
	);
}

interface Member<T> {
	readonly key: string;
	readonly value: T;
	readonly body: string;
}

/** Pairs members by key; of what is left, equal bodies are one member under another name. */
function matched<T>(
	kind: 'tool' | 'prompt' | 'template',
	{
		before,
		after,
		diff,
	}: {
		readonly before: readonly Member<T>[];
		readonly after: readonly Member<T>[];
		readonly diff: (before: T, after: T) => readonly SurfaceChange[];
	},
): readonly SurfaceChange[] {
	const was = new Map(before.map(member => [member.key, member]));
	const is = new Map(after.map(member => [member.key, member]));
	const gone = new Set(before.filter(({ key }) => !is.has(key)));
	const changes = after.flatMap(member => {
		const subject: ReviewSubject = { kind, name: member.key };
		const old = was.get(member.key);
		if (old !== undefined) {
			return diff(old.value, member.value);
		}
		// A body that says nothing is no sign that it is the same thing.
		const former = member.body === '{}' ? undefined : [...gone].find(({ body }) => body === member.body);
		if (former === undefined) {
			return [surfaceChange(`${kind}-added`, subject)];
		}
		gone.delete(former);
		return [surfaceChange(`${kind}-renamed`, subject, former.key)];
	});
	return [...changes, ...[...gone].map(({ key }) => surfaceChange(`${kind}-removed`, { kind, name: key }))];
}

function itemDiff(kind: 'prompt' | 'template', before: ListedItem, after: ListedItem): readonly SurfaceChange[] {
	const subject: ReviewSubject = { kind, name: after.key };
	const names = new Set([...Object.keys(before.text), ...Object.keys(after.text)]);
	return [...names].flatMap(name => {
		const change = valueChange(ownMember(before.text, name), ownMember(after.text, name), 'member-changed');
		return change === undefined ? [] : [surfaceChange(change, subject, name)];
	});
}
