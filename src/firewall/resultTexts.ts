import { isJsonArray, isJsonObject, type JsonValue, walkStrings } from '../base/json';
import { maskSecrets, wouldMask } from '../domain/inspection/maskSecrets';

/** UTF-16 units of one result that are remembered as text. */
const MAX_TEXT = 262_144;

/** The secrets of an attacker-controlled result, as they stand in it. */
export function secretsIn(value: JsonValue | undefined): readonly string[] {
	if (value === undefined || !wouldMask(value)) {
		return [];
	}
	const spans = new Map<string, (readonly [number, number])[]>();
	for (const { pointer, span } of maskSecrets(value).findings) {
		spans.set(pointer, [...(spans.get(pointer) ?? []), [span.start, span.end]]);
	}
	const found: string[] = [];
	walkStrings(value, (text, pointer) => {
		found.push(...(spans.get(pointer) ?? []).map(([start, end]) => text.slice(start, end)));
	});
	return found;
}

/** Keys and string leaves of an attacker-controlled result, up to a size. */
export function textsOf(value: JsonValue | undefined): readonly string[] {
	const texts: string[] = [];
	let room = MAX_TEXT;
	const keep = (text: string) => {
		texts.push(text.slice(0, Math.max(0, room)));
		room -= text.length;
	};
	const walk = (item: JsonValue | undefined) => {
		if (room <= 0) {
			return;
		}
		if (typeof item === 'string') {
			keep(item);
		} else if (isJsonArray(item)) {
			item.forEach(walk);
		} else if (isJsonObject(item)) {
			for (const [key, child] of Object.entries(item)) {
				keep(key);
				walk(child);
			}
		}
	};
	walk(value);
	return texts;
}
