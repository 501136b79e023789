import { describe, expect, it } from 'vitest';
import { maskText } from '../../../src/domain/inspection/maskSecrets';
import { didKeyOf } from '../../../src/domain/identity/did';
import { freshKey } from '../identity/issuer';

describe('a random token beside a word that says what it is', () => {
	it('is a secret', () => {
		expect(maskText('the key is z6Mk3tT9qLx27YvB8mWc4Rn1Zp')).not.toContain('9qLx27Y');
	});

	it('a did:key is a public name, whatever it looks like', () => {
		for (let round = 0; round < 50; round++) {
			const text = `Kept for ${didKeyOf(freshKey().publicJwk)} (level 2), did:key`;
			expect(maskText(text)).toBe(text);
		}
	});

	it.each([
		['longer', (did: string) => `${did}x9Q2`],
		['shorter', (did: string) => did.slice(0, -3)],
		['of no such key', (did: string) => did.replace('z6Mk', 'z9Qp')],
		['with something behind it', (did: string) => `${did}/aB3dE5fG7hJ9kL2mN4pQ6`],
	])('what is %s than a did:key hides nothing', (_what, change) => {
		const did = 'did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK';
		expect(maskText(change(did))).not.toBe(change(did));
	});

	it('a secret that stands behind a did:key is still one', () => {
		const did = 'did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK';
		expect(maskText(`${did}, whose password is tT9qLx27YvB8mWc4Rn1Zp`)).not.toContain('9qLx27Y');
	});
});
