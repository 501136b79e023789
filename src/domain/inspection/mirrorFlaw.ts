import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from '../../base/json';
import { type Finding } from './finding';

/** Id of the finding of {@link mirrorFlaw}. */
export const CONTRADICTS = 'content-contradicts';

/** Longest text that is read as a mirror, and how many of them. */
const MAX_MIRROR = 262_144;
const MAX_MIRRORS = 4;

/**
 * A text block that is JSON is there to say the same as `structuredContent`, for clients that do not read that (MCP
 * 2025-11-25 server/tools#structured-content). Where both name a member and give it different plain values, a person is
 * shown one thing and the model another. Texts that summarise, or have a part only, are no mirror. Attacker-controlled.
 */
export function mirrorFlaw(result: JsonValue): Finding | undefined {
	if (!isJsonObject(result) || !isJsonObject(result.structuredContent) || !isJsonArray(result.content)) {
		return undefined;
	}
	const { structuredContent } = result;
	const mirrors = result.content
		.flatMap((block, index) => {
			const text = isJsonObject(block) && block.type === 'text' ? block.text : undefined;
			return typeof text === 'string' && text.length <= MAX_MIRROR && /^\s{0,64}\{/.test(text)
				? [{ text, index }]
				: [];
		})
		.slice(0, MAX_MIRRORS);
	for (const { text, index } of mirrors) {
		const said = parsed(text);
		if (said !== undefined && differs(said, structuredContent)) {
			return {
				kind: 'wrong-content',
				rule: CONTRADICTS,
				severity: 'low',
				pointer: `/content/${String(index)}/text`,
				span: { start: 0, end: text.length },
				advice: 'The text of this answer says something else than its structured content, which is what the model reads.',
			};
		}
	}
	return undefined;
}

function parsed(text: string): JsonObject | undefined {
	try {
		const value: unknown = JSON.parse(text);
		return isJsonObject(value) ? value : undefined;
	} catch {
		return undefined;
	}
}

function differs(said: JsonObject, structured: JsonObject): boolean {
	return Object.entries(said).some(([key, value]) => {
		const other = Object.hasOwn(structured, key) ? structured[key] : undefined;
		return isPlain(value) && isPlain(other) && value !== other;
	});
}

function isPlain(value: unknown): boolean {
	return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}
