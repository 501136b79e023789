import { describe, expect, it } from 'vitest';
import { isUrl } from '../../../src/base/isUrl';

describe('isUrl', () => {
	it('says what the parser says, also of text beyond ASCII, and also after it was asked often', () => {
		for (let time = 0; time < 300_000; time++) {
			isUrl(`https://books.example/${String(time % 7)}`);
		}
		expect(isUrl('https://münchen.example/ü')).toBe(true);
		expect(isUrl('https://münchen.example/', new URL('https://a.example'))).toBe(true);
		expect(isUrl('/ü', 'https://a.example')).toBe(true);
		expect([isUrl('/ü'), isUrl('https://ü ü/'), isUrl('')]).toEqual([false, false, false]);
	});
});
