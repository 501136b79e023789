import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Grant, type GrantBinding, MAX_GRANT_MS } from '../../../src/domain/approval/grant';
import { envelopeAdmits, envelopeOfGrant } from '../../../src/domain/approval/grantEnvelope';
import { type GrantCall } from '../../../src/domain/approval/grantCall';
import { grantCovers, reachOf } from '../../../src/domain/approval/grantReach';
import { type JsonObject } from '../../../src/base/json';
import { narrowingError, readEnvelope } from '../../../src/domain/identity/envelope';

const RULES = { platform: 'posix', caseInsensitivePaths: false } as const;
const NOW = Date.UTC(2026, 9, 1, 12);
const BINDING: GrantBinding = {
	...{ serverId: 'i', serverName: 'files', tool: 'write_file', capability: 'filesystem.write' },
	...{ toolDigest: 't', entryDigest: 'e', policyDigest: 'p', askedBy: 'r' },
};

function aCall(over: Partial<GrantCall> = {}, paths: readonly string[] = ['/ws/a.txt']): GrantCall {
	return {
		...{
			session: 's',
			workspace: 'w',
			binding: BINDING,
			digest: JSON.stringify(paths),
			possiblePaths: [],
			urls: [],
		},
		paths: paths.map(path => ({ pointer: '/path', raw: path, candidates: [path] })),
		...over,
	};
}

function granted(call: GrantCall): Grant {
	const base = { id: 'g', binding: call.binding, reach: reachOf(call), madeAt: NOW };
	return {
		...{ ...base, scope: 'session', session: call.session },
		envelope: envelopeOfGrant(base, call, 'did:key:zInstallation'),
	};
}

const covers = (given: GrantCall, asked: GrantCall, now = NOW + 1) => grantCovers(granted(given), asked, now, RULES);

describe('a session grant in the shape of an envelope (RFC-008 §6, identity.md §4.4)', () => {
	it('says who gave it to whom, for what and how long, and may not be passed on', () => {
		expect(granted(aCall({ did: 'did:web:s.example' })).envelope).toEqual({
			envelope_id: 'g',
			issuer_did: 'did:key:zInstallation',
			subject_did: 'did:web:s.example',
			txn_id: 's',
			parent_authority_hash: null,
			capability_class: 'filesystem.write',
			constraints: { tool: 'write_file', reach: { kind: 'folders', folders: ['/ws'] } },
			delegation_depth_remaining: 0,
			issued_at: NOW / 1000,
			expires_at: (NOW + MAX_GRANT_MS) / 1000,
		});
	});

	it('reads as an envelope', () => {
		const envelope = granted(aCall()).envelope as unknown as JsonObject;
		const read = readEnvelope({ ...envelope, issuer_badge_jti: 'none', subject_badge_jti: null });
		expect(read).toMatchObject({ ok: true, value: { subject_did: 'urn:mcp-firewall:server:i' } });
	});

	it('covers the calls below its folder, until it ends', () => {
		expect(covers(aCall(), aCall({}, ['/ws/b.txt']))).toBe('covers');
		expect(covers(aCall(), aCall(), NOW + MAX_GRANT_MS - 1)).toBe('covers');
		expect(covers(aCall(), aCall(), NOW + MAX_GRANT_MS)).toBe('other');
	});

	it.each<[string, Partial<GrantCall>]>([
		['another session', { session: 't' }],
		['a server that has proven to be somebody', { did: 'did:web:other.example' }],
		['another tool', { binding: { ...BINDING, tool: 'delete_file' } }],
		['a class beside', { binding: { ...BINDING, capability: 'filesystem.delete' } }],
		['a class that only begins alike', { binding: { ...BINDING, capability: 'filesystem.write2' } }],
		['a class of which nothing is known', { binding: { ...BINDING, capability: 'unknown' } }],
	])('does not cover %s', (_, over) => {
		const asked = aCall(over);
		expect(covers(aCall(), asked)).not.toBe('covers');
		expect(envelopeAdmits(granted(aCall()).envelope!, asked, NOW)).toBe(false);
	});

	it('given to a server that was verified, does not cover one that is not any more', () => {
		expect(covers(aCall({ did: 'did:web:s.example' }), aCall())).toBe('other');
	});

	const anyCall = fc
		.record({
			session: fc.constantFrom('s', 't'),
			did: fc.constantFrom(undefined, 'did:web:a.example', 'did:web:b.example'),
			tool: fc.constantFrom('write_file', 'edit_file'),
			capability: fc.constantFrom('filesystem.write', 'filesystem.read', 'git.write', 'unknown'),
			paths: fc.array(fc.constantFrom('/ws/a', '/ws/x/b', '/other/c', '/top'), { maxLength: 2 }),
		})
		.map(({ did, tool, capability, paths, session }) =>
			aCall({ session, binding: { ...BINDING, tool, capability }, ...(did !== undefined && { did }) }, paths),
		);

	it('only narrows: nothing is covered with it that was not covered without (property)', () => {
		fc.assert(
			fc.property(anyCall, anyCall, (given, asked) => {
				const grant = granted(given);
				const { envelope, ...bare } = grant;
				if (grantCovers(grant, asked, NOW, RULES) === 'covers') {
					expect(grantCovers(bare, asked, NOW, RULES)).toBe('covers');
					expect([asked.session, asked.binding.tool]).toEqual([envelope!.txn_id, envelope!.constraints.tool]);
				}
				expect(grantCovers(grant, given, NOW, RULES)).toBe('covers');
			}),
			{ numRuns: 500 },
		);
	});

	it('nothing can be derived from it, however narrow (property)', () => {
		fc.assert(
			fc.property(anyCall, fc.nat(3), fc.nat(1_000), (given, depth, later) => {
				const parent = granted(given).envelope!;
				const child = {
					...{ ...parent, issuer_did: parent.subject_did, subject_did: 'did:key:zSub' },
					capability_class: `${parent.capability_class}.part`,
					delegation_depth_remaining: depth,
					issued_at: parent.issued_at + later,
					expires_at: parent.expires_at - later,
				};
				expect(narrowingError(child, parent)).toBe('ENVELOPE_DEPTH_EXCEEDED');
			}),
		);
	});
});
