import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from '../base/json';
import { inSlices, type Steps } from '../base/steps';
import { maskSteps } from '../domain/inspection/maskSecrets';
import { findPersonalData } from '../domain/inspection/personalData';
import { isAbove, type Sensitivity, sensitivitySteps } from '../domain/inspection/sensitivity';
import { type PersonalData } from '../domain/policy/inspectionPolicy';
import { readPointer } from '../domain/policy/argMatch';
import { type ServerEntry } from '../domain/registry/serverEntry';
import { lookOf, mayNotHave } from './ceiling';
import { type Draft } from './ending';
import { type WireMessage } from './message';
import { kindsWith } from './keptData';
import { type Held, narrowMessage } from './narrowMessage';
import { type PathContext } from './pathContext';
import { inspectingPolicy } from './serverFolder';

/**
 * The message with masks in the place of what the policy has redacted (`inspection.outgoing`): what is above the ceiling of
 * its server, and personal data. New bytes, judged, shown and sent as they are (INVARIANT 1 and 10). What no mask can stand
 * for (names of members, texts that only together say something) stays, and is refused where it is held against the ceiling.
 */
export async function redacted(
	context: PathContext,
	entry: ServerEntry | undefined,
	message: WireMessage,
	holder: 'params' | 'result',
	draft: Draft,
): Promise<WireMessage> {
	const { ports } = context;
	const outgoing = inspectingPolicy(context)?.inspection.outgoing;
	const kinds = kindsWith(outgoing?.personalData, 'redact');
	const value = message.value[holder];
	if (outgoing === undefined || !isJsonObject(value) || (outgoing.secrets !== 'redact' && kinds.length === 0)) {
		return message;
	}
	const steps = heldBack(context, entry, value, { holder, kinds, secrets: outgoing.secrets === 'redact' });
	const held = await inSlices(steps, () => ports.clock.monotonic(), ports.breathe);
	const sent = narrowMessage(message, held, draft);
	if (sent !== message && draft.digest !== undefined) {
		draft.received ??= draft.digest;
		draft.digest = ports.digest(sent.bytes);
	}
	return sent;
}

interface Wanted {
	readonly holder: string;
	readonly kinds: readonly PersonalData[];
	readonly secrets: boolean;
}

function* heldBack(
	context: PathContext,
	entry: ServerEntry | undefined,
	value: JsonObject,
	{ holder, kinds, secrets }: Wanted,
): Steps<readonly Held[]> {
	const look = lookOf(context);
	const sensitivity = secrets ? yield* sensitivitySteps(value, look) : undefined;
	const above = sensitivity !== undefined && mayNotHave(entry, sensitivity);
	const masked = above ? (yield* maskSteps(value, look.known)).value : value;
	const marked =
		above && isAbove('internal', entry?.ceiling ?? 'internal') ? marksIn(sensitivity) : new Set<string>();
	const held: Held[] = [];
	for (const { path, before, after } of leavesOf(value, masked, [holder])) {
		yield;
		const instead = marked.has(pathKey(path.slice(1))) ? mask('internal', before) : after;
		const name = path.at(-1) ?? '';
		const final = withoutPersonalData(instead, kinds, name);
		if (final !== before) {
			held.push({ path, why: instead === before ? 'personal-data' : 'sensitive', instead: final });
		}
	}
	return held;
}

/** Texts that tell of this machine go as a whole. */
function marksIn({ places }: Sensitivity): ReadonlySet<string> {
	return new Set(
		places.flatMap(({ pointer, label }) => (label === 'internal' ? [pathKey(readPointer(pointer) ?? [])] : [])),
	);
}

function pathKey(path: readonly string[]): string {
	return JSON.stringify(path);
}

function withoutPersonalData(text: string, kinds: readonly PersonalData[], name: string): string {
	if (kinds.length === 0) {
		return text;
	}
	const spans = [...findPersonalData(text, kinds, name)].sort((a, b) => a.start - b.start || b.end - a.end);
	let result = '';
	let at = 0;
	for (const { kind, start, end } of spans) {
		if (start >= at) {
			result += text.slice(at, start) + mask(kind, text.slice(start, end));
			at = end;
		}
	}
	return result + text.slice(at);
}

function mask(rule: string, text: string): string {
	return `[masked:${rule} len=${String(text.length)}]`;
}

interface Leaf {
	readonly path: readonly string[];
	readonly before: string;
	readonly after: string;
}

/** Texts of a value beside those of its masked copy; numbers where the copy masks them. What a masked key leads to is left out. */
function* leavesOf(
	value: JsonValue | undefined,
	masked: JsonValue | undefined,
	path: readonly string[],
): Generator<Leaf> {
	if (typeof value === 'string' || (typeof value === 'number' && typeof masked === 'string')) {
		yield { path, before: String(value), after: typeof masked === 'string' ? masked : String(value) };
	} else if (isJsonArray(value) && isJsonArray(masked)) {
		for (const [index, item] of value.entries()) {
			yield* leavesOf(item, masked[index], [...path, String(index)]);
		}
	} else if (isJsonObject(value) && isJsonObject(masked)) {
		for (const [key, item] of Object.entries(value)) {
			if (key !== 'requestState' || path.length > 1) {
				yield* leavesOf(item, masked[key], [...path, key]);
			}
		}
	}
}
