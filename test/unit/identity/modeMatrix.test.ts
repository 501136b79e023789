import { describe, expect, it } from 'vitest';
import { ENFORCEMENT_MODES, stricterMode } from '../../../src/domain/identity/enforcementMode';
import { type AuthorityEvent, blocks, modeLabel, modeOfLabel } from '../../../src/domain/identity/modeMatrix';
import { vectors } from './vectors';

interface Vectors {
	readonly order: readonly string[];
	readonly events: readonly AuthorityEvent[];
	readonly spec: Readonly<Record<string, Readonly<Record<AuthorityEvent, 'proceed' | 'block'>>>>;
	readonly core: Readonly<Record<string, Readonly<Record<AuthorityEvent, 'proceed' | 'block' | null>>>>;
	readonly min_mode_upgrade: readonly {
		readonly pep: string;
		readonly envelope_min: string | null;
		readonly effective?: string;
		readonly error?: string;
	}[];
}

const given = vectors<Vectors>('enforcement-modes');

/** identity.md §6.3: where the texts differ, block. */
const SAFER = new Set(['EM-GUARD/pdp_deny', 'EM-GUARD/envelope_invalid_badge_ok']);

describe('enforcement modes (RFC-008 §10)', () => {
	it('have the order of the vectors, mildest first', () => {
		expect(ENFORCEMENT_MODES.map(modeLabel)).toEqual(given.order);
		expect(stricterMode('strict', 'observe')).toBe('strict');
	});

	for (const label of given.order) {
		for (const event of given.events) {
			const cell = `${label}/${event}`;
			const expected = SAFER.has(cell) ? 'block' : given.spec[label]?.[event];
			it(`${cell}: ${String(expected)}`, () => {
				const mode = modeOfLabel(label);
				expect(mode).toBeDefined();
				expect(mode && blocks(event, mode) ? 'block' : 'proceed').toBe(expected);
			});
		}
	}

	it('takes the safer one exactly where the texts differ (identity.md §6.3)', () => {
		for (const cell of SAFER) {
			const [label = '', event = ''] = cell.split('/');
			expect([
				given.spec[label]?.[event as AuthorityEvent],
				given.core[label]?.[event as AuthorityEvent],
			]).toEqual(['proceed', 'block']);
		}
	});

	it('never blocks less in a stricter mode', () => {
		for (const event of given.events) {
			const row = ENFORCEMENT_MODES.map(mode => Number(blocks(event, mode)));
			expect(row).toEqual([...row].sort());
		}
	});

	it.each(given.min_mode_upgrade)('$pep with an envelope of at least $envelope_min', upgrade => {
		const own = modeOfLabel(upgrade.pep);
		const least = upgrade.envelope_min === null ? own : modeOfLabel(upgrade.envelope_min);
		expect(own).toBeDefined();
		// A label in another case is no label: the envelope is malformed.
		expect(least === undefined).toBe(upgrade.error !== undefined);
		if (own !== undefined && least !== undefined) {
			expect(modeLabel(stricterMode(own, least))).toBe(upgrade.effective);
		}
	});
});
