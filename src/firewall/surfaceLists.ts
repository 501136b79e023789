import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from '../base/json';
import { addition, type Drift, itemDrift, removal, toolDrift, unreadable } from '../domain/registry/drift';
import { ITEM_SHAPES, type ItemKind, readItem } from '../domain/registry/listedItem';
import { type ServerEntry } from '../domain/registry/serverEntry';
import { type ListedItem } from '../domain/registry/surface';
import { readTool, type ToolDescriptor } from '../domain/registry/toolDescriptor';
import { type Listed } from './listed';
import { twins } from './twins';

/** What a person read and what is pinned of a tool. */
export const REVIEWED = ['name', 'title', 'description', 'inputSchema', 'outputSchema', 'annotations'] as const;

/** One thing of a list that may be shown, as listed and as it is shown. */
export interface Admitted<T> {
	readonly listed: JsonValue;
	readonly shown: T;
	/** The text of the review takes the place of what is listed, because that differs in spaces alone. */
	readonly reviewed: JsonObject | undefined;
}

/** What of a list may be shown, and how it differs from the review. */
export interface TakenList<T> {
	readonly admitted: readonly Admitted<T>[];
	readonly drifts: readonly Drift[];
	/** Names of what is hidden although nobody can say how it differs: unreviewed, or there is no room for it. */
	readonly hidden: readonly string[];
}

/** Collects what several pages of one list say. */
class Taking<T extends object> {
	private readonly admitted: Admitted<T>[] = [];
	private readonly drifts: Drift[] = [];
	private readonly hidden: string[] = [];
	private readonly seen = new Set<string>();
	private readonly usable = new Set<string>();

	constructor(private readonly known: Listed<T>) {}

	/** False for what has the name of an earlier one. */
	isNew(name: string): boolean {
		const isNew = !this.seen.has(name);
		this.seen.add(name);
		return isNew;
	}

	take(name: string, listed: JsonValue, shown: T, drift: Drift | undefined, reviewed: JsonObject | undefined): void {
		if (drift !== undefined) {
			this.drifts.push(drift);
		}
		if (!this.known.put(name, shown)) {
			this.hide(name);
			return;
		}
		this.usable.add(name);
		if (drift?.kinds.includes('added') === true) {
			this.hidden.push(name);
		} else if (drift?.severity !== 'high') {
			this.admitted.push({ listed, shown, reviewed: drift === undefined ? undefined : reviewed });
		}
	}

	/** What cannot be used is not listed; of something that was reviewed, that is drift. */
	hide(name: string, drift?: Drift): void {
		this.known.forget(name);
		this.hidden.push(name);
		if (drift !== undefined) {
			this.drifts.push(drift);
		}
	}

	end(whole: boolean, removed: (name: string) => Drift, pinned: readonly string[]): TakenList<T> {
		const { admitted, drifts, hidden } = this;
		if (whole) {
			this.known.keepOnly(this.usable);
			drifts.push(...pinned.filter(name => !this.seen.has(name)).map(removed));
		}
		return { admitted, drifts, hidden };
	}
}

/** Takes tools as listed: what is no tool, or has the name of an earlier one, is left out. `whole`: there are no others. */
export function takeTools(
	known: Listed<ToolDescriptor>,
	entry: ServerEntry | undefined,
	items: readonly JsonValue[],
	whole: boolean,
): TakenList<ToolDescriptor> {
	const taking = new Taking(known);
	const pinOf = (name: string) => entry?.tools.find(pin => pin.name === name);
	for (const item of items) {
		const tool = readTool(item);
		const name = tool?.name ?? nameOf(item, 'name');
		if (name === undefined || !taking.isNew(name)) {
			continue;
		}
		const pin = pinOf(name);
		// `Description` beside the reviewed `description` is what some client would show.
		if (tool === undefined || (isJsonObject(item) && twins(item, REVIEWED).length > 0)) {
			if (tool !== undefined || pin !== undefined) {
				taking.hide(name, pin && unreadable('tool', name));
			}
			continue;
		}
		const unpinned = entry === undefined ? undefined : addition('tool', name);
		taking.take(name, item, tool, pin === undefined ? unpinned : toolDrift(pin, tool), { ...pin?.reviewed });
	}
	return taking.end(
		// Without a review nothing is compared, and what was listed once may be known on.
		whole && entry !== undefined,
		name => removal('tool', name),
		(entry?.tools ?? []).map(({ name }) => name),
	);
}

/** The same for prompts and resource templates of a reviewed server. */
export function takeItems(
	kind: ItemKind,
	known: Listed<ListedItem>,
	entry: ServerEntry,
	items: readonly JsonValue[],
	whole: boolean,
): TakenList<ListedItem> {
	const taking = new Taking(known);
	const pins = kind === 'prompt' ? entry.surface.prompts : entry.surface.resourceTemplates;
	const { key: member, reviewed } = ITEM_SHAPES[kind];
	for (const value of items) {
		const item = readItem(kind, value);
		const key = item?.key ?? nameOf(value, member);
		if (key === undefined || !taking.isNew(key)) {
			continue;
		}
		const pin = pins.find(candidate => candidate.key === key);
		if (item === undefined || (isJsonObject(value) && twins(value, reviewed).length > 0)) {
			taking.hide(key, pin && unreadable(kind, key));
			continue;
		}
		taking.take(
			key,
			value,
			item,
			pin === undefined ? addition(kind, key) : itemDrift(kind, pin, item),
			pin?.reviewed,
		);
	}
	return taking.end(
		whole,
		key => removal(kind, key),
		pins.map(({ key }) => key),
	);
}

/** The elements of a list in an answer; empty where it is none. */
export function elementsOf(result: JsonObject, list: string): readonly JsonValue[] {
	const items = result[list];
	return isJsonArray(items) ? items : [];
}

/** True for the only page of a list: the answer to a request without cursor that names no next one. */
export function isWhole(params: JsonObject, result: JsonObject): boolean {
	return params.cursor === undefined && isLast(result);
}

/** True for the last page of a list. */
export function isLast({ nextCursor }: JsonObject): boolean {
	return nextCursor === undefined || nextCursor === null;
}

function nameOf(item: JsonValue, member: string): string | undefined {
	const name = isJsonObject(item) ? item[member] : undefined;
	return typeof name === 'string' ? name : undefined;
}
