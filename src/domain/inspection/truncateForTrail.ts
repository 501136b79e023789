import { sha256Hex } from '../../base/digest';
import { isJsonArray, isJsonObject, type JsonValue } from '../../base/json';

/**
 * The value with strings longer than `cap` UTF-16 units cut, their length and digest kept. For use after masking. `digest` is
 * SHA-256 in hex; rooms with I/O bring a native one.
 */
export function truncateForTrail(value: JsonValue, cap: number, digest: Digest = sha256Hex): JsonValue {
	if (typeof value === 'string') {
		return value.length <= cap ? value : cutText(value, cap, digest);
	}
	if (isJsonArray(value)) {
		return value.map(item => truncateForTrail(item, cap, digest));
	}
	if (isJsonObject(value)) {
		return Object.fromEntries(
			Object.entries(value).flatMap(([key, item]) =>
				item === undefined
					? []
					: [
							[
								key.length <= cap ? key : cutText(key, cap, digest),
								truncateForTrail(item, cap, digest),
							] as const,
						],
			),
		);
	}
	return value;
}

type Digest = (bytes: Uint8Array) => string;

function cutText(text: string, cap: number, digest: Digest): string {
	const end = /[\ud800-\udbff]/.test(text.charAt(cap - 1)) ? cap - 1 : cap;
	return `${text.slice(0, end)}[cut: len=${String(text.length)} sha256=${digest(new TextEncoder().encode(text))}]`;
}
