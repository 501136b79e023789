import { isRpcId, type RpcId } from '../../firewall/message';

/** What can be told of a message that does not parse or was cut off. */
export interface Envelope {
	/** The first top-level `id`. */
	readonly id: RpcId | undefined;
	/** True when a top-level `method` was seen before the text ended. */
	readonly hasMethod: boolean;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const KEY_THEN_VALUE = /\s*:\s*("(?:[^"\\]|\\.){0,256}"|-?\d{1,16}(?:\.0{1,16})?(?=[\s,}]))?/y;

/**
 * Scans attacker-controlled text once for the members `id` and `method` of the outermost object. Linear, no
 * recursion.
 */
export function peekEnvelope(text: string): Envelope {
	let id: RpcId | undefined;
	let hasMethod = false;
	let depth = 0;
	for (let at = 0; at < text.length && !(id !== undefined && hasMethod); at++) {
		const code = text.charCodeAt(at);
		if (code === 0x7b || code === 0x5b) {
			depth++;
		} else if (code === 0x7d || code === 0x5d) {
			depth--;
		} else if (code === QUOTE) {
			const end = endOfString(text, at);
			if (depth === 1) {
				KEY_THEN_VALUE.lastIndex = end + 1;
				const value = KEY_THEN_VALUE.exec(text);
				const key = text.slice(at + 1, end);
				hasMethod ||= value !== null && key === 'method';
				id ??= value !== null && key === 'id' ? readId(value[1]) : undefined;
			}
			at = end;
		}
	}
	return { id, hasMethod };
}

function endOfString(text: string, start: number): number {
	let at = start + 1;
	while (at < text.length && text.charCodeAt(at) !== QUOTE) {
		at += text.charCodeAt(at) === BACKSLASH ? 2 : 1;
	}
	return at;
}

function readId(literal: string | undefined): RpcId | undefined {
	try {
		const id = JSON.parse(literal ?? 'null') as string | number | null;
		return isRpcId(id) ? id : undefined;
	} catch {
		return undefined;
	}
}
