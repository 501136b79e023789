import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from '../../base/json';

/** What masking and cutting leave in the place of what they took (maskSecrets.ts). */
const MARK = /\[(?:masked:|cut: len=|nested too deep\])/;

/**
 * The arguments of a call as the trail kept them: masked, and cut where they were long. Tells which of them are still what
 * the call said. An argument that says such a mark by itself counts as altered; that is never wrong, only less is known.
 */
export class ArgumentCopy {
	private readonly intact: JsonValue[] = [];
	private marks = false;

	/** Undefined: nothing was kept. */
	constructor(readonly value: JsonValue | undefined) {
		this.look(value);
	}

	/** True when some value, or the name of a member, is not what the call said. */
	get altered(): boolean {
		return this.marks || !isJsonObject(this.value);
	}

	/** The values that the call surely had, as the arguments of a call. */
	get intactLeaves(): JsonObject {
		return { leaves: this.intact };
	}

	/** Whether the argument at a JSON pointer, or its absence, is what the call said; `tokens` of the pointer. */
	knows(tokens: readonly string[]): boolean {
		let value = this.value;
		if (!isJsonObject(value)) {
			return false;
		}
		for (const token of tokens) {
			if (isJsonArray(value)) {
				value = /^(?:0|[1-9]\d{0,8})$/.test(token) ? value[Number(token)] : undefined;
			} else if (isJsonObject(value)) {
				if (!Object.hasOwn(value, token)) {
					return !Object.keys(value).some(key => MARK.test(key));
				}
				if (MARK.test(token)) {
					return false;
				}
				value = value[token];
			}
			if (value === undefined) {
				return true;
			}
		}
		return typeof value !== 'string' || !MARK.test(value);
	}

	private look(value: JsonValue | undefined): void {
		if (isJsonArray(value)) {
			value.forEach(item => {
				this.look(item);
			});
		} else if (isJsonObject(value)) {
			for (const [key, item] of Object.entries(value)) {
				this.marks ||= MARK.test(key);
				this.look(item);
			}
		} else if (typeof value === 'string' && MARK.test(value)) {
			this.marks = true;
		} else if (value !== undefined) {
			this.intact.push(value);
		}
	}
}
