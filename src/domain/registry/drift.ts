import { canonicalJson, isJsonArray, isJsonObject, type JsonObject, type JsonValue } from '../../base/json';
import { type ToolPin, toolDigest } from './pin';
import { type ServerEntry, type ServerIdentity } from './serverEntry';
import { type ItemPin } from './surfacePin';
import { type ListedItem } from './surface';
import { type ToolDescriptor } from './toolDescriptor';

/** What part of a server is not as it was reviewed. */
export type DriftSubject = 'tool' | 'prompt' | 'template' | 'instructions' | 'identity';

/** The reviewed members that can differ, under the names that MCP gives them. */
export type DriftedMember =
	| 'name'
	| 'version'
	| 'title'
	| 'description'
	| 'inputSchema'
	| 'outputSchema'
	| 'annotations'
	| 'arguments'
	| 'mimeType'
	| 'instructions';

/**
 * How it differs: a member that says something else; `whitespace`: nothing but spaces and line breaks in texts for people;
 * `added`: nobody reviewed it; `removed`: not listed any more; `unreadable`: listed in a way that cannot be compared.
 */
export type DriftKind = DriftedMember | 'whitespace' | 'added' | 'removed' | 'unreadable';

/**
 * `high`: what drifted is stopped. `medium`: something came, which is hidden, or went; the rest goes on. `low`: what the
 * client gets is the reviewed text, so nothing is stopped (gateway.md E3).
 */
export type DriftSeverity = 'low' | 'medium' | 'high';

/** One difference between what was reviewed and what a server says now. */
export interface Drift {
	readonly subject: DriftSubject;
	/** Name of the tool or prompt, the template's `uriTemplate`, or the subject itself. Attacker-controlled. */
	readonly key: string;
	readonly kinds: readonly DriftKind[];
	readonly severity: DriftSeverity;
}

const MEMBERS: readonly DriftedMember[] = [
	...(['name', 'title', 'description', 'inputSchema', 'outputSchema', 'annotations'] as const),
	...(['arguments', 'mimeType'] as const),
];

/** Something that nobody reviewed. */
export function addition(subject: DriftSubject, key: string): Drift {
	return { subject, key, kinds: ['added'], severity: 'medium' };
}

/** Something that was reviewed and is not there any more. */
export function removal(subject: DriftSubject, key: string): Drift {
	return { subject, key, kinds: ['removed'], severity: 'medium' };
}

/** Something that was reviewed and is listed so that it cannot be compared. */
export function unreadable(subject: DriftSubject, key: string): Drift {
	return { subject, key, kinds: ['unreadable'], severity: 'high' };
}

/** How a listed tool differs from its pin; undefined where it does not. Order of members is no difference (RFC 8785). */
export function toolDrift(pin: ToolPin, tool: ToolDescriptor): Drift | undefined {
	return pin.digest === toolDigest(tool)
		? undefined
		: difference('tool', tool.name, { ...pin.reviewed }, { ...tool });
}

/** How a listed prompt or template differs from its pin; undefined where it does not. */
export function itemDrift(subject: 'prompt' | 'template', pin: ItemPin, item: ListedItem): Drift | undefined {
	return canonicalJson(pin.reviewed) === canonicalJson(item.text)
		? undefined
		: difference(subject, item.key, pin.reviewed, item.text);
}

/** What a server says when it introduces itself. Attacker-controlled. */
export interface Introduction {
	readonly serverInfo: ServerIdentity;
	readonly instructions?: string;
}

/**
 * How an introduction differs from what was reviewed: another name or version, other instructions to the model. Where no
 * identity was reviewed, none is compared.
 */
export function introductionDrift(
	{ identity, surface }: Pick<ServerEntry, 'identity' | 'surface'>,
	{ serverInfo, instructions }: Introduction,
): readonly Drift[] {
	const wrong =
		identity === undefined ? [] : (['name', 'version'] as const).filter(key => identity[key] !== serverInfo[key]);
	const before = surface.instructions?.reviewed;
	const kind: DriftKind | undefined =
		before === instructions
			? undefined
			: before !== undefined && instructions !== undefined && folded(before) === folded(instructions)
				? 'whitespace'
				: 'instructions';
	return [
		...(wrong.length === 0
			? []
			: [{ subject: 'identity', key: 'identity', kinds: wrong, severity: 'high' } as const]),
		...(kind === undefined
			? []
			: [
					{
						...({ subject: 'instructions', key: 'instructions', kinds: [kind] } as const),
						severity: kind === 'whitespace' ? 'low' : 'high',
					} as const,
				]),
	];
}

function difference(subject: 'tool' | 'prompt' | 'template', key: string, before: JsonObject, now: JsonObject): Drift {
	if (canonicalJson(foldedTexts(before)) === canonicalJson(foldedTexts(now))) {
		return { subject, key, kinds: ['whitespace'], severity: 'low' };
	}
	const text = (value: JsonObject, member: string) => canonicalJson(value[member] ?? null);
	const kinds = MEMBERS.filter(member => text(before, member) !== text(now, member));
	return { subject, key, kinds, severity: 'high' };
}

/** ASCII white space only: other spaces, and characters without width, are what hidden text is made of. */
function folded(text: string): string {
	return text.replaceAll(/[ \t\r\n]+/g, ' ').replaceAll(/^ | $/g, '');
}

/** The value with texts for people (`title`, `description`) folded, at every depth; nothing else of it. */
function foldedTexts(value: JsonValue, key = ''): JsonValue {
	if (typeof value === 'string') {
		return key === 'title' || key === 'description' ? folded(value) : value;
	}
	if (isJsonArray(value)) {
		return value.map(item => foldedTexts(item));
	}
	return isJsonObject(value)
		? Object.fromEntries(
				Object.entries(value).map(([name, item]) => [
					name,
					item === undefined ? item : foldedTexts(item, name),
				]),
			)
		: value;
}
