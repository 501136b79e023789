import { UNKNOWN_CAPABILITY } from '../domain/policy/capabilityName';
import { untrueHints } from '../domain/registry/annotations';
import { type ToolReview } from './guardPorts';
import { say, sayPhrase } from './say';

/** How a capability under review is shown: all of it our words, of the server's text only words of our own lists. */
export interface CapabilityWords {
	/** Beside the tool's name. */
	readonly description: string;
	/** Why it was suggested; absent where nothing was, and no hint was overruled. */
	readonly because?: string;
}

/**
 * What a reviewer reads of a tool's capability: the suggestion's reasons, and the server's hints that were not believed. A
 * hint raises risk, never lowers it (gateway.md NAME-03, NAME-04). `caution` is the icon before what needs a look.
 */
export function capabilityWords(
	{ capability, suggestion, tool }: Pick<ToolReview, 'capability' | 'suggestion' | 'tool'>,
	caution = '$(warning) ',
): CapabilityWords {
	const untrue = untrueHints(capability, tool.annotations);
	// What the reviewer has changed by hand has no reasons but the reviewer's own.
	const reasons = suggestion?.capability === capability ? suggestion.why : [];
	const overruled = [
		...(untrue.includes('readOnlyHint') ? [say('it calls itself read-only, which is not believed')] : []),
		...(untrue.includes('destructiveHint') ? [say('it says that it destroys nothing, which is not believed')] : []),
		...(untrue.includes('openWorldHint')
			? [say('it says that it reaches nothing outside, which is not believed')]
			: []),
	];
	const parts = [
		// First, because a narrow list cuts the end off.
		...(overruled.length > 0 ? [`${caution}${say('Hint overruled: {0}.', overruled.join('; '))}`] : []),
		...(reasons.length > 0 ? [say('Why: {0}.', reasons.map(sayPhrase).join('; '))] : []),
	];
	return {
		description:
			capability === UNKNOWN_CAPABILITY
				? `${caution}${say('unknown: every call is denied until you say what it does')}`
				: capability,
		...(parts.length > 0 && { because: parts.join(' ') }),
	};
}
