import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GuardConfigError, ServerVerifyError } from '../../../src/guard/guardErrors';
import {
	parseHttpHeaders,
	parseJsonrpcMeta,
	type VerifyConfig,
	verifyServer,
	type VerifyServerInput,
	verifyServerStrict,
} from '../../../src/guard/verifyServer';
import { GuardRig } from './support';

let rig: GuardRig;
const DID = 'did:web:mcp.example.com';

beforeEach(async () => {
	rig = await GuardRig.open();
});
afterEach(() => rig.close());

const badge = (more: Parameters<GuardRig['badge']>[0] = {}) =>
	rig.badge({ sub: DID, domain: 'mcp.example.com', ...more });
const verify = (input: Partial<VerifyServerInput> = {}, config: VerifyConfig = {}) =>
	verifyServer(
		{ serverDid: DID, serverBadge: badge(), transportOrigin: 'https://mcp.example.com', ...input },
		{ trustedIssuers: [rig.issuer.trusted()], now: () => rig.time, fetch: rig.fetch, ...config },
	);

describe('verifyServer (RFC-007 §7.2)', () => {
	it('VERIFIED_PRINCIPAL takes a badge of a trusted issuer and the host that the DID names', async () => {
		expect(await verify()).toMatchObject({
			...{ state: 'VERIFIED_PRINCIPAL', trustLevel: '2', errors: [], isVerified: true, hasIdentity: true },
		});
	});

	it.each<[string, Partial<VerifyServerInput>, VerifyConfig, string, string]>([
		['nothing disclosed', { serverDid: '', serverBadge: '' }, {}, 'UNVERIFIED_ORIGIN', 'SERVER_IDENTITY_MISSING'],
		['a DID alone', { serverBadge: '' }, {}, 'DECLARED_PRINCIPAL', 'SERVER_BADGE_MISSING'],
		['a badge that is none', { serverBadge: 'a.b.c' }, {}, 'DECLARED_PRINCIPAL', 'SERVER_BADGE_INVALID'],
		["another's DID", { serverDid: 'did:web:other.example' }, {}, 'DECLARED_PRINCIPAL', 'SERVER_DID_MISMATCH'],
		[
			'another host',
			{ transportOrigin: 'https://evil.example' },
			{},
			'DECLARED_PRINCIPAL',
			'SERVER_DOMAIN_MISMATCH',
		],
		['trustedIssuers: none (§6.1 #7)', {}, { trustedIssuers: [] }, 'DECLARED_PRINCIPAL', 'SERVER_ISSUER_UNTRUSTED'],
		['minTrustLevel above', {}, { minTrustLevel: 3 }, 'DECLARED_PRINCIPAL', 'SERVER_TRUST_INSUFFICIENT'],
		['offlineMode without pinned keys', {}, { offlineMode: true }, 'DECLARED_PRINCIPAL', ''],
		['both said differently', { conflict: true }, {}, 'UNVERIFIED_ORIGIN', 'SERVER_DID_MISMATCH'],
	])('%s', async (_, input, config, state, code) => {
		const result = await verify(input, config);
		expect(result.state).toBe(state);
		expect(result.trustLevel).toBeNull();
		if (code !== '') expect(result.errors).toContain(code);
		expect(result.errorCode).toBe(result.errors[0]);
	});

	it('skipOriginBinding drops the comparison; then nothing shows that it holds its key', async () => {
		const result = await verify({ transportOrigin: 'https://evil.example' }, { skipOriginBinding: true });
		expect(result.errors).not.toContain('SERVER_DOMAIN_MISMATCH');
		expect(result.isVerified).toBe(false);
	});

	it('the path is compared by segments', async () => {
		const serverDid = `${DID}:mcp:files`;
		const at = (endpointPath: string) =>
			verify({ serverDid, serverBadge: badge({ sub: serverDid }), endpointPath });
		expect((await at('/mcp/files')).isVerified).toBe(true);
		expect((await at('/mcp/filesystem')).errors).toContain('SERVER_PATH_MISMATCH');
	});

	it('a badge that was revoked is worse than none', async () => {
		const jti = '9f0a4c1e-1111-4222-8333-444455556666';
		const token = badge({ jti });
		rig.issuer.revoke(jti);
		expect(await verify({ serverBadge: token })).toMatchObject({
			errorCode: 'SERVER_BADGE_REVOKED',
			blocked: true,
		});
	});

	it('on stdio there is nothing to bind to; without a challenge it stays declared', async () => {
		const result = await verifyServer(
			{ serverDid: DID, serverBadge: badge() },
			{ trustedIssuers: [rig.issuer.trusted()], now: () => rig.time, fetch: rig.fetch },
		);
		expect(result).toMatchObject({ state: 'DECLARED_PRINCIPAL', errors: ['SERVER_POP_FAILED'], blocked: false });
	});

	it('the strict form rejects with all that is known, and resolves for one that is verified (§6.1 #9, #21)', async () => {
		const config = { trustedIssuers: [rig.issuer.trusted()], now: () => rig.time, fetch: rig.fetch };
		const input = { serverDid: DID, serverBadge: badge(), transportOrigin: 'https://mcp.example.com' };
		expect((await verifyServerStrict(input, config)).isVerified).toBe(true);
		const failed = verifyServerStrict({ ...input, serverBadge: '' }, config);
		await expect(failed).rejects.toBeInstanceOf(ServerVerifyError);
		await expect(failed).rejects.toMatchObject({
			...{ errorCode: 'SERVER_BADGE_MISSING', state: 'DECLARED_PRINCIPAL', serverDid: DID },
		});
	});

	it('a configuration that cannot be meant is told', async () => {
		await expect(verify({}, { minTrustLevel: 7 as 4 })).rejects.toThrow(GuardConfigError);
		await expect(verify({}, { trustedIssuers: ['did:web:registry.capisc.io'] })).rejects.toThrow(
			/https:\/\/registry/,
		);
		await expect(verify({ transportOrigin: 'nowhere' })).rejects.toThrow(GuardConfigError);
	});
});

describe('what a server says', () => {
	const from = process.env.IDENTITY_VECTORS ?? fileURLToPath(new URL('../../fixtures/identity/', import.meta.url));
	const { parse_meta: table } = JSON.parse(readFileSync(join(from, 'misc.json'), 'utf8')) as {
		readonly parse_meta: {
			readonly cases: readonly {
				readonly meta: unknown;
				readonly did: string | null;
				readonly badge: string | null;
			}[];
		};
	};
	it.each(table.cases)('misc.parse_meta $meta', ({ meta, did, badge: token }) => {
		const { serverDid = null, serverBadge = null } = parseJsonrpcMeta(meta);
		expect([serverDid, serverBadge]).toEqual([did, token]);
	});

	it('headers are read whatever their case; one that stands twice is a conflict', () => {
		const both = { serverDid: DID, serverBadge: 'a.b.c' };
		expect(parseHttpHeaders({ 'capiscio-SERVER-did': DID, 'Capiscio-Server-Badge': 'a.b.c' })).toEqual(both);
		expect(parseHttpHeaders(new Headers({ 'Capiscio-Server-DID': DID, 'capiscio-server-badge': 'a.b.c' }))).toEqual(
			both,
		);
		expect(parseHttpHeaders({ 'Capiscio-Server-DID': [DID, DID] })).toEqual({ conflict: true });
		expect(parseHttpHeaders({})).toEqual({});
	});

	it('property: whatever is said, nothing throws, and nothing is verified', async () => {
		await fc.assert(
			fc.asyncProperty(fc.anything(), fc.string(), async (meta, text) => {
				const claims = parseJsonrpcMeta(meta);
				const result = await verify({ serverDid: DID, serverBadge: text, ...claims });
				expect(result.isVerified).toBe(false);
			}),
			{ numRuns: 200 },
		);
	});
});
