/** The capability of a tool about which nothing is known; no allow covers it. */
export const UNKNOWN_CAPABILITY = 'unknown';

const NAME = /^[a-z0-9_-]+\.[a-z0-9_-]+$/;
const PATTERN = /^(?:\*|\*\.[a-z0-9_-]+|[a-z0-9_-]+\.(?:\*|[a-z0-9_-]+))$/;
const ANY_RESOURCE = /^\*\.[a-z0-9_-]+$/;

/** True for a full capability, `resource.action`: lower case, no wildcard, nothing before or behind. */
export function isCapability(text: string): boolean {
	return NAME.test(text);
}

/** True for what a rule may name: `resource.action`, `resource.*`, `*.action` or `*`. */
export function isCapabilityPattern(text: string): boolean {
	return PATTERN.test(text);
}

/** True for `*.action`: one action on whatever resource, which only a deny or an approval may name. */
export function isAnyResource(pattern: string): boolean {
	return ANY_RESOURCE.test(pattern);
}

/** True when a rule's pattern covers a capability. `*` covers `unknown` too: whether it may is the caller's question. */
export function coversCapability(pattern: string, capability: string): boolean {
	if (pattern === '*' || pattern === capability) {
		return true;
	}
	if (pattern.startsWith('*.')) {
		return isCapability(capability) && capability.endsWith(pattern.slice(1));
	}
	return pattern.endsWith('.*') && capability.startsWith(pattern.slice(0, -1));
}

/** True for a capability whose action takes something away for good: `delete` or `drop`. */
export function isDestructive(capability: string): boolean {
	return /\.(?:delete|drop)$/.test(capability);
}
