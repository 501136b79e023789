import { isJsonObject, type JsonObject } from '../../base/json';
import { sanitiseName, type Source } from './envelope';
import { type Finding } from './finding';

/** Member of `_meta` (MCP 2025-11-25, `_meta` key format) that carries the label of a screened message. */
export const LABEL_KEY = 'mcp-firewall/label';

/** Kinds of findings that a label names, in its order. */
const KINDS = ['instruction-shaped', 'hidden-text', 'unsafe-link', 'wrong-content', 'secret'] as const;

/**
 * The message part with the provenance label in `_meta`, in place of any label the server wrote there: `untrusted`, the
 * kinds of these findings, and the source. `pointer` in the label is cut at names that are not
 * plain words: names are attacker-controlled.
 */
export function labelResult(result: JsonObject, findings: readonly Finding[], source: Source): JsonObject {
	const kinds = KINDS.filter(kind => findings.some(finding => finding.kind === kind));
	const meta = isJsonObject(result['_meta']) ? result['_meta'] : {};
	const pointers = new Set(findings.map(({ pointer }) => pointer));
	const label = {
		labels: ['untrusted', ...kinds],
		source: { server: sanitiseName(source.server), tool: sanitiseName(source.tool) },
		findings: findings.slice(0, 20).map(({ rule, severity, pointer }) => ({
			rule,
			severity,
			pointer: plainPointer(upToName(pointer, pointers)),
		})),
	};
	return { ...result, _meta: { ...meta, [LABEL_KEY]: label } };
}

/** The pointer up to an object that has findings of its own: these are about names, and a name that offends is not repeated. */
function upToName(pointer: string, pointers: ReadonlySet<string>): string {
	const steps = pointer.split('/', 64);
	const at = steps.findIndex((_, index) => index > 0 && pointers.has(steps.slice(0, index).join('/')));
	return at < 0 ? pointer : steps.slice(0, at).join('/');
}

function plainPointer(pointer: string): string {
	return /^(?:\/[\w.$@-]{1,64}){0,32}/.exec(pointer)?.[0] ?? '';
}
