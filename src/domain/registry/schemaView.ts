import { isJsonArray, isJsonObject, pointerTokens, type JsonObject, type JsonValue } from '../../base/json';

/** What is known of a schema that cannot be reached: it declares no member. */
const UNKNOWN: JsonObject = { properties: {} };

/** Keywords whose schemas apply to the very value that their holder applies to. */
const LISTS = ['allOf', 'anyOf', 'oneOf'] as const;
const SINGLE = ['if', 'then', 'else'] as const;

/**
 * The schemas that can apply to one value, from one schema on: itself, what it refers to within its own document, and the
 * branches of its combinators. A branch counts whether or not the value takes it: what one of them declares is declared.
 * References to other documents are never fetched, and nothing is known from them. Attacker-controlled, bounded by a budget
 * that all looks share.
 */
export class SchemaView {
	private readonly reached = new Map<JsonObject, readonly JsonObject[]>();

	/** `budget`: schemas that are looked at; beyond it {@link SchemaView.spent} is true, and what was found is not all. */
	constructor(
		private readonly root: JsonObject,
		private budget = 500_000,
	) {}

	get spent(): boolean {
		return this.budget < 0;
	}

	/** What applies where any of these do. Booleans say nothing of members and are left out. */
	all(schemas: readonly (JsonValue | undefined)[]): readonly JsonObject[] {
		const found = new Set<JsonObject>();
		for (const schema of schemas) {
			if (isJsonObject(schema)) {
				for (const each of this.from(schema)) {
					found.add(each);
				}
			}
		}
		this.budget -= found.size;
		return [...found];
	}

	private from(schema: JsonObject): readonly JsonObject[] {
		const known = this.reached.get(schema);
		if (known !== undefined) {
			return known;
		}
		const found = new Set<JsonObject>();
		const queue: (JsonValue | undefined)[] = [schema];
		while (queue.length > 0 && this.budget >= 0) {
			const next = queue.pop();
			if (!isJsonObject(next) || found.has(next)) {
				continue;
			}
			this.budget--;
			found.add(next);
			queue.push(...SINGLE.map(key => next[key]), this.target(next.$ref));
			for (const key of LISTS) {
				const branches = next[key];
				queue.push(...(isJsonArray(branches) ? branches : []));
			}
			queue.push(...(isJsonObject(next.dependentSchemas) ? Object.values(next.dependentSchemas) : []));
		}
		const all = [...found];
		this.reached.set(schema, all);
		return all;
	}

	/** What a JSON pointer in a fragment names (RFC 6901 §6); of other references nothing is known. */
	private target(ref: JsonValue | undefined): JsonValue | undefined {
		if (ref === undefined) {
			return undefined;
		}
		if (typeof ref !== 'string' || !ref.startsWith('#') || ref.length > 1024) {
			return UNKNOWN;
		}
		let at: JsonValue | undefined = this.root;
		for (const key of pointerTokens(decoded(ref.slice(1)))) {
			at =
				isJsonArray(at) && /^\d{1,6}$/.test(key)
					? at[Number(key)]
					: isJsonObject(at) && Object.hasOwn(at, key)
						? at[key]
						: undefined;
		}
		return at ?? UNKNOWN;
	}
}

function decoded(fragment: string): string {
	try {
		return decodeURIComponent(fragment);
	} catch {
		return fragment;
	}
}
