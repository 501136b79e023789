import { posix, win32 } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isAbsolutePath } from '../../../src/base/absolutePath';

describe('isAbsolutePath', () => {
	it.each(['a', './a', '../a', '~/a', 'C:a', 'C:', '', 'file:///a', ' /a', '1:/a', '$HOME/a'])(
		'%j is counted from somewhere',
		path => {
			expect(isAbsolutePath(path)).toBe(false);
		},
	);

	it.each(['/', '/a', '\\a', 'C:\\a', 'c:/a', '\\\\host\\share\\a', '//host/share'])('%j is not', path => {
		expect(isAbsolutePath(path)).toBe(true);
	});

	it('says what either system would say of its own paths', () => {
		const letter = fc.constantFrom('/', '\\', ':', 'C', 'a', '.', '~', ' ', '1', 'é');
		fc.assert(
			fc.property(fc.string({ unit: letter, maxLength: 6 }), path => {
				expect(isAbsolutePath(path)).toBe(posix.isAbsolute(path) || win32.isAbsolute(path));
			}),
		);
	});
});
