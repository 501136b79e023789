import { type JsonObject } from '../../base/json';
import { isDestructive } from '../policy/capabilityName';
import { hasSideEffects } from '../policy/sideEffects';

/** The hints by which a client decides whether to ask (MCP 2025-11-25 ToolAnnotations). */
export type Hint = 'readOnlyHint' | 'destructiveHint' | 'openWorldHint';

/**
 * How tools are presented to a client. `truth`: as they are, so that a client that asks its person by the hints asks where
 * something can change. `decided`: as tools that need no question of the client's, because each call is decided, and where the
 * policy says so asked about, here.
 */
export type Presentation = 'truth' | 'decided';

/**
 * The hints of a tool that claim less than its capability can do. A value of the wrong type counts as a claim where a client
 * that takes anything but `false` for a yes would believe it (VS Code does). Annotations are attacker-controlled.
 */
export function untrueHints(capability: string, annotations: JsonObject | undefined): readonly Hint[] {
	const { readOnlyHint = false, destructiveHint = true, openWorldHint = true } = annotations ?? {};
	return [
		...(hasSideEffects(capability) && readOnlyHint !== false ? (['readOnlyHint'] as const) : []),
		...(isDestructive(capability) && destructiveHint !== true ? (['destructiveHint'] as const) : []),
		...(capability.startsWith('network.') && openWorldHint !== true ? (['openWorldHint'] as const) : []),
	];
}

/**
 * The annotations that a client gets in the place of those that a server gave; undefined where these may stand as they are. As
 * `truth` a hint is only ever changed in the direction of more risk. As `decided` VS Code neither asks before a call
 * (`readOnlyHint`) nor after it (`openWorldHint`); what else the server says stays as the truth has it.
 */
export function presentedAnnotations(
	capability: string,
	annotations: JsonObject | undefined,
	presentation: Presentation,
): JsonObject | undefined {
	const untrue = untrueHints(capability, annotations);
	const truth = Object.fromEntries(untrue.map(hint => [hint, hint !== 'readOnlyHint']));
	if (presentation === 'truth') {
		return untrue.length === 0 ? undefined : { ...annotations, ...truth };
	}
	const asksNothing = annotations?.readOnlyHint === true && annotations.openWorldHint === false;
	return asksNothing && untrue.every(hint => hint !== 'destructiveHint')
		? undefined
		: { ...annotations, ...truth, readOnlyHint: true, openWorldHint: false };
}
