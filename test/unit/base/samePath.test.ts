import { describe, expect, it } from 'vitest';
import { pathKey, samePath } from '../../../src/base/samePath';

describe('two spellings of one place', () => {
	it.each([
		['c:\\ws\\a', 'C:\\ws\\a'],
		['C:/ws/a', 'c:\\WS\\A'],
		['\\\\Host\\share\\x', '\\\\host\\share/X'],
		['/ws/a', '/ws/a'],
	])('%s is %s', (one, other) => {
		expect(samePath(one, other)).toBe(true);
	});

	it.each([
		['/ws/a', '/WS/a'],
		['/ws\\a', '/ws/a'],
		['c:\\ws\\a', 'd:\\ws\\a'],
		['C:\\ws\\a', 'C:\\ws\\a\\b'],
		['c:ws', 'C:ws'],
		['//host/share/x', '\\\\host\\share\\x'],
	])('%s is not %s', (one, other) => {
		expect(samePath(one, other)).toBe(false);
	});

	it('a path of another system is its own key', () => {
		expect(pathKey('/Ws/a\\b')).toBe('/Ws/a\\b');
	});
});
