import { describe, expect, it } from 'vitest';
import { readFilter } from '../../../src/shared/readPanelRequest';
import { fromLocalInput, isFiltered, since, toLocalInput, withMember } from '../../../src/webview/filterChoices';

const NOW = Date.UTC(2026, 10, 28, 12);

describe('the choices of the filter bar', () => {
	it('sets and takes away one member and leaves the others', () => {
		const filter = withMember({ server: 'github', text: 'a' }, 'tool', 'search');
		expect(filter).toEqual({ server: 'github', text: 'a', tool: 'search' });
		expect(withMember(filter, 'server', undefined)).toEqual({ text: 'a', tool: 'search' });
		expect(withMember({ text: 'a' }, 'text', '')).toEqual({});
		expect(isFiltered(withMember({ findings: true }, 'findings', undefined))).toBe(false);
	});

	it('a stretch that ends now stays open, so that new entries come in', () => {
		expect(since({ from: 'x', to: 'y', tool: 't' }, 60_000, NOW)).toEqual({
			tool: 't',
			from: '2026-11-28T11:59:00.000Z',
		});
	});

	it('a time goes into the field of the editor and comes back as it was, to the second', () => {
		const iso = '2026-11-28T11:59:30.000Z';
		expect(fromLocalInput(toLocalInput(iso))).toBe(iso);
		expect(readFilter({ from: fromLocalInput(toLocalInput(iso)) })).toEqual({ from: iso });
	});

	it('what is no time is no text in the field, and an empty field no time', () => {
		expect([undefined, 'soon', '+275760-09-13T00:00:00.000Z'].map(toLocalInput)).toEqual(['', '', '']);
		expect(['', 'soon'].map(fromLocalInput)).toEqual([undefined, undefined]);
	});
});
