import { type JsonObject, type JsonValue, ownMember } from '../../base/json';
import { sameJson } from '../../base/sameJson';
import { type ReviewSubject } from './reviewSubject';
import { schemaDiff } from './schemaDiff';
import { surfaceChange, type SurfaceChange, type SurfaceChangeKind } from './surfaceChange';
import { valueChange } from './textChange';
import { type ToolDescriptor } from './toolDescriptor';

/** Which value of a hint says that a tool is less dangerous (MCP 2025-11-25 ToolAnnotations). */
const HARMLESS: Readonly<Record<string, boolean>> = {
	readOnlyHint: true,
	destructiveHint: false,
	idempotentHint: true,
	openWorldHint: false,
};

/** What MCP reads where a server says nothing of a hint. */
const UNSAID: Readonly<Record<string, boolean>> = {
	readOnlyHint: false,
	destructiveHint: true,
	idempotentHint: false,
	openWorldHint: true,
};

/** What differs between two texts of one tool, name aside. Both are attacker-controlled. */
export function toolDiff(before: ToolDescriptor, after: ToolDescriptor): readonly SurfaceChange[] {
	const subject: ReviewSubject = { kind: 'tool', name: after.name };
	const texts = (['title', 'description'] as const).flatMap(key => {
		const kind = valueChange(before[key], after[key], 'wording');
		return kind === undefined ? [] : [surfaceChange(kind, subject, key)];
	});
	// A schema of results is read by the model as well: what it newly tells the model outweighs its shape.
	const results = [valueChange(before.outputSchema, after.outputSchema, 'output-changed')].filter(
		kind => kind !== undefined,
	);
	return [
		...texts,
		...schemaDiff(subject, before.inputSchema, after.inputSchema),
		...results.map(kind => surfaceChange(kind, subject, 'outputSchema')),
		...hintChanges(subject, before.annotations, after.annotations),
	];
}

function hintChanges(
	subject: ReviewSubject,
	before: JsonObject | undefined,
	after: JsonObject | undefined,
): readonly SurfaceChange[] {
	if (sameJson(before, after)) {
		return [];
	}
	const names = new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})]);
	const changes = [...names].flatMap(name => {
		const [was, is] = [ownMember(before, name), ownMember(after, name)];
		return sameJson(was, is) ? [] : [surfaceChange(hintKind(name, was, is), subject, name)];
	});
	return changes.length > 0 ? changes : [surfaceChange('hint-changed', subject, 'annotations')];
}

function hintKind(name: string, was: JsonValue | undefined, is: JsonValue | undefined): SurfaceChangeKind {
	const harmless = Object.hasOwn(HARMLESS, name) ? HARMLESS[name] : undefined;
	if (harmless === undefined) {
		const kind = valueChange(was, is, 'hint-changed');
		return kind === undefined || kind === 'wording' ? 'hint-changed' : kind;
	}
	const said = (value: JsonValue | undefined) => (value === undefined ? UNSAID[name] : value);
	if (said(was) === said(is)) {
		return 'hint-changed';
	}
	return said(is) === harmless ? 'permission-hint' : 'permission-hint-raised';
}
