import { describe, expect, it } from 'vitest';
import { proposedWrite } from '../../../src/vscode/proposedWrite';

describe('proposedWrite', () => {
	it.each([
		['nothing', {}],
		['a number', { content: 5 }],
		['a list of texts', { content: ['a'] }],
		['edits that are no list', { edits: { oldText: 'a', newText: 'b' } }],
		['an edit that is no object', { edits: ['a'] }],
		['an edit without a new text', { edits: [{ oldText: 'one' }] }],
		['an edit of a text that is not there', { edits: [{ oldText: 'four', newText: '4' }] }],
		[
			'one edit that fits and one that does not',
			{
				edits: [
					{ oldText: 'one', newText: '1' },
					{ oldText: 'one', newText: '1' },
				],
			},
		],
	])('%s gives no diff', (_name, args) => {
		expect(proposedWrite(args, 'one two three')).toBeUndefined();
	});

	it('edits of a file that is not there give no diff', () => {
		expect(proposedWrite({ edits: [{ oldText: 'a', newText: 'b' }] }, undefined)).toBeUndefined();
	});

	it('APPR-13 a decoy beside the real text shows nothing rather than the decoy', () => {
		const edits = [{ oldText: 'a', newText: 'b' }];
		expect(proposedWrite({ edits, content: 'harmless' }, 'a')).toBeUndefined();
		expect(proposedWrite({ content: 'x', text: 'harmless' }, undefined)).toBeUndefined();
	});

	it.each(['content', 'contents', 'text', 'data', 'new_content', 'newContent'])('%s is the whole new text', key => {
		expect(proposedWrite({ path: 'a', [key]: 'new' }, 'old')).toBe('new');
		expect(proposedWrite({ path: 'a', [key]: '' }, undefined)).toBe('');
	});

	it('edits follow one another, each at its first place, and `$&` is no pattern', () => {
		const edits = [
			{ oldText: 'one', newText: 'two' },
			{ oldText: 'two', newText: '$& $1' },
		];
		expect(proposedWrite({ edits }, 'one two three')).toBe('$& $1 two three');
	});
});
