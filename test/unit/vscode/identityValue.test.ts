import { describe, expect, it, vi } from 'vitest';
import { type Principal, unknownPrincipal } from '../../../src/domain/identity/principal';
import { settingIds } from '../../../src/vscode/contributions';
import { identityValue } from '../../../src/vscode/identityValue';
import { shownPrincipal } from '../../../src/vscode/shownPrincipal';
import { forgetText } from '../../../src/vscode/forgetText';

// What is tested here is pure; a neighbour in its file reads settings.
vi.mock('vscode', () => ({}));

describe('the settings about identity as one value', () => {
	it('nothing set: nobody is trusted, and no audience', () => {
		expect(identityValue(() => undefined)).toEqual({
			...{ issuers: [], acceptLevelZero: false, trustedKeys: [], offline: false, maxStaleness: 300 },
		});
		expect(identityValue(id => (id === settingIds.identityAudience ? '  ' : undefined))).not.toHaveProperty(
			'audience',
		);
	});

	it('what is wrong goes on to whoever judges it, and no setting says profile', () => {
		const value = identityValue(() => ({ profile: 'dev' }));
		expect(value).not.toHaveProperty('profile');
		expect(value.issuers).toEqual({ profile: 'dev' });
	});
});

const PROVEN: Principal = { ...unknownPrincipal(1), state: 'VERIFIED_PRINCIPAL', did: 'did:web:a.example', errors: [] };

describe('who a server is while it does not run', () => {
	const gone = unknownPrincipal(9, true);
	it('is who it was last', () => {
		expect(shownPrincipal(gone, PROVEN)).toBe(PROVEN);
		expect(shownPrincipal(PROVEN, undefined)).toBe(PROVEN);
		expect(shownPrincipal(gone, undefined)).toBe(gone);
	});

	it('a badge that ended meanwhile is no failure; what failed stays failed', () => {
		const over: Principal = { ...PROVEN, state: 'DECLARED_PRINCIPAL', badge: 'failed', cause: 'BADGE_EXPIRED' };
		expect(shownPrincipal(gone, over)).toBe(gone);
		const failed = { ...over, blocked: true };
		expect(shownPrincipal(gone, failed)).toBe(failed);
	});

	it('what runs now counts, whatever was before', () => {
		expect(shownPrincipal(PROVEN, { ...PROVEN, blocked: true })).toBe(PROVEN);
	});
});

describe('before an identity is forgotten', () => {
	const pin = { did: 'did:web:old.example', keyThumbprint: 'O'.repeat(43), since: 0 };
	it('old and new are shown, quoted', () => {
		const now: Principal = { ...PROVEN, did: 'did:web:new\n.example', keyThumbprint: 'N'.repeat(43) };
		const { message, detail } = forgetText('files', { kind: 'pinned', pin }, now, 86_400_000);
		expect(message).toBe('Forget who “files” was?');
		expect(detail).toContain('Remembered 1 day ago: did:web:old.example');
		expect(detail).toContain('It shows now: did:web:new⏎.example');
		expect([detail.includes('O'.repeat(43)), detail.includes('N'.repeat(43))]).toEqual([true, true]);
	});

	it('says so where it shows nothing, is not known, or was damaged', () => {
		expect(forgetText('x', { kind: 'pinned', pin }, unknownPrincipal(1), 0).detail).toContain(
			'nothing about who it is',
		);
		expect(forgetText('x', { kind: 'pinned', pin }, undefined, 0).detail).toContain('not known');
		expect(forgetText('x', { kind: 'damaged' }, undefined, 0).detail).toContain('cannot be read any more');
	});
});
