import { describe, expect, it } from 'vitest';
import { isAbsolutePath } from '../../../src/base/absolutePath';

describe('isAbsolutePath', () => {
	it.each(['a', './a', '../a', '~/a', 'C:a', 'C:', '', 'file:///a', ' /a', '1:/a', '$HOME/a', '\\a', '\\d+'])(
		'%j is no whole path',
		path => {
			expect(isAbsolutePath(path)).toBe(false);
		},
	);

	it.each(['/', '/a', 'C:\\a', 'c:/a', '\\\\host\\share\\a', '//host/share'])('%j is one', path => {
		expect(isAbsolutePath(path)).toBe(true);
	});
});
