import { describe, expect, it } from 'vitest';
import { proposedWrite, readWrite } from '../../../src/vscode/proposedWrite';

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

	it.each([
		['old_string', 'new_string'],
		['oldString', 'newString'],
		['old_str', 'new_str'],
		['old_text', 'new_text'],
	])('one edit by %s and %s', (before, after) => {
		expect(proposedWrite({ path: 'a', [before]: 'two', [after]: '2' }, 'one two three')).toBe('one 2 three');
		expect(proposedWrite({ edits: [{ [before]: 'two', [after]: '$&' }] }, 'one two')).toBe('one $&');
	});

	it('replace_all takes every place', () => {
		expect(proposedWrite({ old_string: 'a', new_string: 'b', replace_all: true }, 'a-a')).toBe('b-b');
	});

	it.each([
		['a text that stands there twice', { old_string: 'a', new_string: 'b' }, 'a-a', /more than once/],
		['a text that is not there', { old_string: 'x', new_string: 'b' }, 'a', /does not stand in the file/],
		['an empty text', { old_string: '', new_string: 'b' }, 'a', /does not stand in the file/],
		['a file that is not there', { old_string: 'a', new_string: 'b' }, undefined, /not there/],
		['an edit and a whole text', { old_string: 'a', new_string: 'b', content: 'c' }, 'a', /not known/],
		['two ways to say one edit', { edits: [], old_string: 'a', new_string: 'b' }, 'a', /not known/],
		['an edit without its half', { edits: [{ oldText: 'a' }] }, 'a', /edit 1 of 1 does not say/],
		[
			'one byte that becomes a memory full',
			{ old_string: 'a', new_string: 'b'.repeat(100_000), replace_all: true },
			'a'.repeat(10_000),
			/more of it than can be shown/,
		],
	])('%s cannot be computed, and it says why', (_name, args, current, why) => {
		const written = readWrite(args, current);
		expect(written !== undefined && 'why' in written ? written.why : '').toMatch(why);
	});
});
