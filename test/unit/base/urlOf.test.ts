import { describe, expect, it } from 'vitest';
import { isUrl } from '../../../src/base/isUrl';
import { urlOf } from '../../../src/base/urlOf';

describe('urlOf', () => {
	it('says what the parser says, also of text beyond ASCII, and also after it was asked often', () => {
		for (let time = 0; time < 300_000; time++) {
			isUrl(`https://books.example/${String(time % 7)}`);
		}
		expect(urlOf('https://münchen.example/ü')?.href).toBe('https://xn--mnchen-3ya.example/%C3%BC');
		expect(urlOf('https://münchen.example/', new URL('https://a.example'))?.host).toBe('xn--mnchen-3ya.example');
		expect(urlOf('/ü', 'https://a.example')?.href).toBe('https://a.example/%C3%BC');
		expect([urlOf('/ü'), urlOf('https://ü ü/'), urlOf('')]).toEqual([undefined, undefined, undefined]);
	});
});

describe('isUrl', () => {
	it('is true of what urlOf reads', () => {
		const texts = ['https://münchen.example/ü', '/ü', 'https://ü ü/', ''];
		expect(texts.map(text => isUrl(text))).toEqual([true, false, false, false]);
	});
});
