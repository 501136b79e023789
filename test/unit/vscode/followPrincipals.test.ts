import { describe, expect, it } from 'vitest';
import { Emitter } from '../../../src/base/event';
import { type Principal, unknownPrincipal } from '../../../src/domain/identity/principal';
import { followPrincipals, type IdentityNotice } from '../../../src/vscode/followPrincipals';

const VERIFIED: Principal = {
	...{ state: 'VERIFIED_PRINCIPAL', did: 'did:web:a.example', level: '2', badge: 'ok', proof: 'ok' },
	...{ binding: 'ok', pin: 'new', errors: [], blocked: false, issuer: 'https://ca.example', jti: 'one' },
	...{ keyThumbprint: 'T'.repeat(43), checkedAt: 1 },
};
const FORGED: Principal = {
	...{ ...VERIFIED, state: 'DECLARED_PRINCIPAL', badge: 'failed', blocked: true },
	...{ cause: 'BADGE_SIGNATURE_INVALID', errors: ['SERVER_BADGE_INVALID'] },
};

function watch(guarded = true) {
	const emitter = new Emitter<string>();
	const noted: [string, string][] = [];
	const told: IdentityNotice[] = [];
	let now: Principal | undefined;
	followPrincipals({
		onDidChange: emitter.event,
		principalOf: () => now,
		serverOf: () => (guarded ? { name: 'files\n[x](command:y)', revision: 3 } : undefined),
		note: (event, { server, detail }) => {
			expect(server).toMatchObject({ id: 's1', revision: 3 });
			noted.push([event, detail]);
		},
		tell: notice => told.push(notice),
	});
	return {
		...{ noted, told },
		becomes: (principal: Principal) => {
			now = principal;
			emitter.fire('s1');
		},
	};
}

describe('what becomes of an identity is recorded and told', () => {
	it('verified for the first time: once in the trail, also when its badge is renewed; nothing is told', () => {
		const { becomes, noted, told } = watch();
		becomes(unknownPrincipal(1, true));
		becomes(VERIFIED);
		becomes({ ...VERIFIED, jti: 'two', checkedAt: 9, expires: 99 });
		expect(noted).toEqual([
			[
				'identity-verified',
				`did:web:a.example at level 2 (Domain Validated), says https://ca.example; key ${'T'.repeat(43)}`,
			],
		]);
		expect(told).toEqual([]);
	});

	it('one that is remembered already is not news', () => {
		const { becomes, noted } = watch();
		becomes({ ...VERIFIED, pin: 'match' });
		expect(noted).toEqual([]);
	});

	it('failed: recorded and told once while it stays so, and again after the server was itself in between', () => {
		const { becomes, noted, told } = watch();
		becomes(FORGED);
		becomes({ ...FORGED, checkedAt: 7 });
		becomes(unknownPrincipal(8, true));
		becomes(FORGED);
		expect(noted).toEqual([
			['identity-failed', 'SERVER_BADGE_INVALID, BADGE_SIGNATURE_INVALID; it says to be did:web:a.example'],
		]);
		expect(told).toHaveLength(1);
		becomes({ ...VERIFIED, pin: 'match' });
		becomes(FORGED);
		expect(told).toHaveLength(2);
	});

	it('another failure is told although one was told before', () => {
		const { becomes, told } = watch();
		becomes(FORGED);
		becomes({ ...FORGED, cause: 'BADGE_REVOKED', errors: ['SERVER_BADGE_REVOKED'] });
		expect(told.map(({ message }) => message)).toEqual([
			expect.stringMatching(/forged, or was altered\. Calls do not go there\.$/),
			expect.stringMatching(/taken the badge back/),
		]);
	});

	it('changed: an event of its own, and its own words; the name of the server is quoted', () => {
		const { becomes, noted, told } = watch();
		becomes({ ...VERIFIED, pin: 'changed', blocked: true });
		expect(noted[0]?.[0]).toBe('identity-changed');
		expect(told[0]?.message).toMatch(/CHANGED for “files⏎\[x\] \(command:y\)”/);
	});

	it('declared and absent identities are no news, nor is a server that is not guarded any more', () => {
		const { becomes, noted, told } = watch();
		becomes(unknownPrincipal(1));
		becomes({ ...FORGED, blocked: false, cause: 'BADGE_EXPIRED' });
		expect([noted, told]).toEqual([[], []]);
		const gone = watch(false);
		gone.becomes(FORGED);
		expect(gone.noted).toEqual([]);
	});
});
