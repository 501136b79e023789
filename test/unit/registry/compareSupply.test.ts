import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareSupply, supplyReason } from '../../../src/domain/registry/compareSupply';
import { acceptUnpinned, SUPPLY_GAPS } from '../../../src/domain/registry/supplyGaps';
import { type PinnedFile, type SupplyPin } from '../../../src/domain/registry/supplyPin';

const file = (role: PinnedFile['role'], path: string, digest = 'a'.repeat(64)): PinnedFile => ({ role, path, digest });
const pin: SupplyPin = {
	source: { kind: 'npm', name: 'server', version: '1.0.0' },
	files: [file('executable', '/usr/bin/node'), file('entry', '/x/cli.js'), file('lockfile', '/x/package-lock.json')],
	integrity: 'sha512-AAAA',
	installScripts: false,
	gaps: [],
};
const reasons = (now: SupplyPin, before = pin) => compareSupply(before, now).map(({ reason }) => reason);

describe('C2, C10 what differs from what was reviewed', () => {
	it('is nothing where nothing differs', () => {
		expect(reasons(pin)).toEqual([]);
	});

	it.each<[string, Partial<SupplyPin>, readonly string[]]>([
		['version', { source: { ...pin.source, version: '1.0.1' } }, ['source_changed']],
		['no version any more', { source: { kind: 'npm', name: 'server' } }, ['source_changed']],
		['another package', { source: { ...pin.source, name: 'servver' } }, ['source_changed']],
		['integrity gone', { files: pin.files, integrity: 'sha512-BBBB' }, ['integrity_changed']],
		['install scripts', { installScripts: true }, ['install_scripts_added']],
		['a new gap', { gaps: [SUPPLY_GAPS.tooLarge] }, ['not_pinned']],
		['one program more', { files: [...pin.files, file('executable', '/bin/sh')] }, ['executable_added']],
		['another program', { files: [file('executable', '/evil/node'), ...pin.files.slice(1)] }, ['path_shadowed']],
		['a lockfile more', { files: [...pin.files, file('lockfile', '/x/yarn.lock')] }, ['lockfile_added']],
		['no lockfile', { files: pin.files.slice(0, 2) }, ['lockfile_missing']],
		['nothing at all', { files: [] }, ['executable_missing', 'entry_missing', 'lockfile_missing']],
	])('%s', (_, change, expected) => {
		expect(reasons({ ...pin, ...change })).toEqual(expected);
	});

	it('property: whatever part of the pin is another one now, something differs', () => {
		const parts = fc.constantFrom<(now: SupplyPin, index: number) => SupplyPin>(
			(now, at) => ({ ...now, files: now.files.filter((_, index) => index !== at) }),
			(now, at) => ({
				...now,
				files: now.files.map((each, i) => (i === at ? { ...each, digest: 'b'.repeat(64) } : each)),
			}),
			(now, at) => ({
				...now,
				files: now.files.map((each, i) => (i === at ? { ...each, path: `${each.path}x` } : each)),
			}),
			(now, at) => ({ ...now, files: [...now.files, { ...now.files[at]!, path: '/new' }] }),
			now => ({ ...now, integrity: 'sha512-ZZZZ' }),
			now => ({ ...now, gaps: ['something new'] }),
		);
		fc.assert(
			fc.property(parts, fc.nat(2), (change, at) => {
				expect(reasons(change(pin, at)).length).toBeGreaterThan(0);
			}),
		);
	});

	it('fails closed: an entry that was never pinned is never the same, whatever its gaps say', () => {
		const never = {
			source: { kind: 'unknown' as const, name: 'x' },
			files: [],
			gaps: ['Its program is not pinned.'],
		};
		expect(reasons(never, never)).toEqual(['not_pinned']);
	});

	it('what names no exact version is not started, unless a person accepted that', () => {
		const unpinned = { ...pin, gaps: [SUPPLY_GAPS.unpinned] };
		expect(reasons(unpinned, unpinned)).toEqual(['source_unpinned']);
		expect(reasons(unpinned, acceptUnpinned(unpinned))).toEqual([]);
		expect(reasons({ ...unpinned, gaps: [SUPPLY_GAPS.unpinned, 'new'] }, acceptUnpinned(unpinned))).toEqual([
			'not_pinned',
		]);
		expect(acceptUnpinned(pin)).toEqual(pin);
	});

	it('the reason that is kept names each thing once, and no path', () => {
		const changed = compareSupply(pin, {
			...pin,
			files: pin.files.map(each => ({ ...each, digest: 'b'.repeat(64) })),
		});
		expect(supplyReason(changed)).toBe('supply-chain: executable changed; entry script changed; lockfile changed');
	});
});
