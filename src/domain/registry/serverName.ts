/** Longest name of a server, in UTF-16 units. */
export const MAX_SERVER_NAME = 100;

/** Control, format (bidirectional, zero-width), surrogate, private and unassigned code points, and line separators. */
const UNSHOWABLE = /[\p{C}\p{Zl}\p{Zp}]/u;

/** True for a name that can be the label of a guarded definition: shown plainly, without edges that cannot be seen. */
export function isServerName(name: unknown): name is string {
	return (
		typeof name === 'string' &&
		name.length > 0 &&
		name.length <= MAX_SERVER_NAME &&
		name.trim() === name &&
		name !== '__proto__' &&
		!UNSHOWABLE.test(name)
	);
}

/**
 * The name of a server without the folder or number that a second one of the same name is registered with. A person may have given such
 * a name as well, so that nothing may be allowed by it.
 */
export function plainServerName(name: string): string {
	return name.replace(/ (?:\d+|\([^()]*\))$/, '');
}

/** What two names must differ in to be two names: compatibility forms and case do not count. */
export function serverNameKey(name: string): string {
	return name.normalize('NFKC').toLowerCase();
}
