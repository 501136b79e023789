/** One segment of a class (RFC-008 §7): lower case, begins with a letter. */
const CLASS = /^[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)*$/;

/** Longer is no class of anybody. */
const MAX_CLASS = 256;

/** True for a capability class of RFC-008 §7: `tools.database.read`. No wildcards. */
export function isCapabilityClass(value: unknown): value is string {
	return typeof value === 'string' && value.length <= MAX_CLASS && CLASS.test(value);
}

/** True when a class is another, or lies below it at a dot. */
export function isWithinClass(child: string, parent: string): boolean {
	return child === parent || child.startsWith(`${parent}.`);
}

/**
 * The class of one of our capabilities. Ours may hold `-` and begin with anything; classes may not, and two capabilities never
 * become the same class. Undefined for `unknown`, which is no class.
 */
export function classOf(capability: string): string | undefined {
	const parts = capability.split('.');
	return parts.length < 2 ? undefined : parts.map(segmentOf).join('.');
}

/** `x_` marks what was written anew, so that it is nobody's own name. */
function segmentOf(part: string): string {
	return /^(?!x_)[a-z][a-z0-9_]*$/.test(part)
		? part
		: `x_${part.replace(/[^a-z0-9]/g, char => `_${char.charCodeAt(0).toString(16).padStart(4, '0')}`)}`;
}
