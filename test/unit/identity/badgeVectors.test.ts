import { describe, expect, it } from 'vitest';
import { didDocumentUrl, parseDid } from '../../../src/domain/identity/did';
import { type IdentityFetch } from '../../../src/domain/identity/identityFetch';
import { type TrustSettings } from '../../../src/domain/identity/trustSettings';
import { BadgeVerifier } from '../../../src/domain/identity/verifyBadge';
import { vectors } from './vectors';

interface BadgeCase {
	readonly id: string;
	readonly desc: string;
	readonly token: string;
	readonly jwks?: string;
	readonly options: {
		readonly trusted_issuers: readonly string[];
		readonly accept_level_zero: boolean;
		readonly now: number;
		readonly profile?: string;
		readonly audience?: string;
		readonly jwks?: string;
	};
	readonly expect: { readonly ok: boolean; readonly level?: string; readonly error?: string };
}

interface Fixtures {
	readonly jwks: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
	readonly did_documents: Readonly<Record<string, unknown>>;
	readonly badge_status: Readonly<Record<string, unknown>>;
	readonly agent_status: Readonly<Record<string, unknown>>;
}

const { cases, fixtures } = vectors<{ readonly cases: readonly BadgeCase[]; readonly fixtures: Fixtures }>('badge-jws');

/** The DID documents, by where they are. */
const documents = new Map(
	Object.entries(fixtures.did_documents).map(([did, document]) => [urlOf(did), document] as const),
);

function urlOf(text: string): string {
	const did = parseDid(text);
	return did?.method === 'web' ? didDocumentUrl(did) : '';
}

/** Serves the fixtures of the vectors; counts what is asked. */
function served(jwks: string, asked: string[]): IdentityFetch {
	const found = (value: unknown) =>
		value === undefined
			? { ok: true as const, status: 404, contentType: 'application/json', body: '{}' }
			: value === 'unreachable'
				? { ok: false as const, why: 'unreachable' as const }
				: { ok: true as const, status: 200, contentType: 'application/json', body: JSON.stringify(value) };
	return ({ url, document }) => {
		asked.push(url);
		const { origin, pathname } = new URL(url);
		const part = decodeURIComponent(pathname.split('/')[3] ?? '');
		switch (document) {
			case 'jwks':
				return Promise.resolve(found(fixtures.jwks[jwks]?.[origin]));
			case 'did':
				return Promise.resolve(found(documents.get(url)));
			case 'badge-status':
				return Promise.resolve(found(fixtures.badge_status[part] ?? fixtures.badge_status['*']));
			case 'agent-status':
				return Promise.resolve(found(statusOf(fixtures.agent_status[part] ?? fixtures.agent_status['*'])));
			case 'revocations':
			case 'discovery':
				return Promise.resolve(found(undefined));
		}
	};
}

const statusOf = (status: unknown) => (status === 'unreachable' ? status : { status });

describe('badges of the vectors (RFC-002 §8.1, §16.2)', () => {
	it.each(cases)('$id: $desc', async ({ token, options, jwks, expect: expected }) => {
		const asked: string[] = [];
		const settings: TrustSettings = {
			// The settings say origins; what is no origin can never be equal to one.
			issuers: options.trusted_issuers.map(origin => ({ origin, maxLevel: '4' })),
			acceptLevelZero: options.accept_level_zero,
			trustedKeys: [],
			offline: false,
			maxStaleness: 300,
			...(options.audience !== undefined && { audience: options.audience }),
			...(options.profile === 'dev' && { profile: 'dev' as const }),
			testKeys: true,
		};
		const verifier = new BadgeVerifier({
			settings: () => settings,
			fetch: served(options.jwks ?? jwks ?? 'default', asked),
			clock: { now: () => options.now * 1000 },
		});
		const result = await verifier.verify(token);
		expect(result.ok ? { ok: true, level: result.badge.level } : { ok: false, error: result.code }).toEqual(
			expected,
		);
		if (expected.error === 'BADGE_ISSUER_UNTRUSTED' || expected.error === 'BADGE_MALFORMED') {
			expect(asked).toEqual([]);
		}
	});
});
