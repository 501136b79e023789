import { isJsonObject, type JsonObject, type JsonValue } from '../../base/json';
import { type Introduction } from './drift';

/** Where MCP 2026-07-28 has what a server calls itself (schema.ts, `ResultMetaObject`). */
export const META_SERVER = 'io.modelcontextprotocol/serverInfo';

/**
 * Reads the result of `initialize` (MCP 2025-11-25 lifecycle#initialization) or `server/discover` (2026-07-28): empty texts
 * where it says nothing of itself. Attacker-controlled.
 */
export function readIntroduction(result: JsonObject): Introduction {
	const meta = isJsonObject(result._meta) ? result._meta[META_SERVER] : undefined;
	const info = result.serverInfo ?? meta;
	const text = (part: JsonValue | undefined) => (typeof part === 'string' ? part : '');
	return {
		serverInfo: isJsonObject(info)
			? { name: text(info.name), version: text(info.version) }
			: { name: '', version: '' },
		...(typeof result.instructions === 'string' && { instructions: result.instructions }),
	};
}
