/** Trust levels of RFC-002 §5, weakest first. They are names, not numbers: compare them with {@link rankOf}. */
export const TRUST_LEVELS = ['0', '1', '2', '3', '4'] as const;

/** How thoroughly an issuer looked at whom a badge is about. No badge is not level `0`: that is a key of one's own. */
export type TrustLevel = (typeof TRUST_LEVELS)[number];

/** Short codes and names of the levels (RFC-002 §5). */
export const TRUST_LEVEL_NAMES: Readonly<Record<TrustLevel, { readonly code: string; readonly name: string }>> = {
	'0': { code: 'SS', name: 'Self-Signed' },
	'1': { code: 'REG', name: 'Registered' },
	'2': { code: 'DV', name: 'Domain Validated' },
	'3': { code: 'OV', name: 'Organization Validated' },
	'4': { code: 'EV', name: 'Extended Validated' },
};

const RANKS: ReadonlyMap<unknown, number> = new Map(TRUST_LEVELS.map((level, rank) => [level, rank]));

/** True for exactly the strings `"0"` to `"4"`. */
export function isTrustLevel(value: unknown): value is TrustLevel {
	return RANKS.has(value);
}

/** The place of a level in the order, 0 to 4; -1 where there is none. */
export function rankOf(level: TrustLevel | undefined): number {
	return RANKS.get(level) ?? -1;
}

/** True when a level is at least another; no level reaches none. */
export function reaches(level: TrustLevel | undefined, least: TrustLevel): boolean {
	return rankOf(level) >= rankOf(least);
}
