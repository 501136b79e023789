import { describe, expect, it } from 'vitest';
import { PageOnHold } from '../../../src/vscode/pageOnHold';

describe('PageOnHold', () => {
	it('RESP-01: an entry for a page that does not listen yet is opened once the page has asked for something', () => {
		const hold = new PageOnHold<string>();
		hold.renewed();
		expect(hold.canPost('one')).toBe(false);
		expect(hold.heard()).toBe('one');
		expect(hold.heard()).toBeUndefined();
		expect(hold.canPost('two')).toBe(true);
		expect(hold.heard()).toBeUndefined();
	});

	it('of several the last one is opened: it is what the person clicked last', () => {
		const hold = new PageOnHold<string>();
		hold.canPost('one');
		hold.canPost('two');
		expect(hold.heard()).toBe('two');
	});

	it('a page that is made anew waits again, and opens nothing that was meant for the old one', () => {
		const hold = new PageOnHold<string>();
		hold.canPost('one');
		hold.renewed();
		expect(hold.heard()).toBeUndefined();
		hold.renewed();
		expect(hold.canPost('two')).toBe(false);
		expect(hold.heard()).toBe('two');
	});
});
