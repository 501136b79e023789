import { type SteeringPlace } from './steeringPlaces';

/** One text that steers agents, by its digest. */
export interface SteeringText extends SteeringPlace {
	/** SHA-256 of its bytes, lower-case hex; for a file that is too large or cannot be read, what stands for it. */
	readonly digest: string;
}

/** Digests by path, by scope, as they were seen last. */
export type KnownTexts = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** A text that is not as it was. */
export interface SteeringChange {
	readonly kind: 'added' | 'changed' | 'removed';
	readonly path: string;
	readonly scope: string;
}

/**
 * What differs from what was seen last, and what is to be remembered. A scope that is seen for the first time has no changes:
 * there is nothing to compare it with. Scopes that are not here now are kept as they are.
 */
export function steeringChanges(
	known: KnownTexts,
	now: readonly SteeringText[],
	scopes: readonly string[],
): { readonly changes: readonly SteeringChange[]; readonly known: KnownTexts } {
	const changes: SteeringChange[] = [];
	const next = new Map(Object.entries(known));
	for (const scope of new Set(scopes)) {
		const before = new Map(Object.entries(next.get(scope) ?? {}));
		const after = new Map(now.filter(text => text.scope === scope).map(({ path, digest }) => [path, digest]));
		if (next.has(scope)) {
			for (const [path, digest] of after) {
				if (before.get(path) !== digest) {
					changes.push({ kind: before.has(path) ? 'changed' : 'added', path, scope });
				}
			}
			changes.push(
				...[...before.keys()]
					.filter(path => !after.has(path))
					.map(path => ({ kind: 'removed' as const, path, scope })),
			);
		}
		next.set(scope, Object.fromEntries(after));
	}
	return { changes, known: Object.fromEntries(next) };
}
