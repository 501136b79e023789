import { describe, expect, it } from 'vitest';
import { classOf, isCapabilityClass } from '../../../src/domain/identity/capabilityClass';
import { type PipCall, pipRequest } from '../../../src/domain/identity/pipRequest';

const CALL: PipCall = {
	capability: 'filesystem.read',
	tool: 'read_file',
	server: { id: 'a'.repeat(64), name: 'files' },
	session: '019aca00-0000-7000-8000-000000000001',
	mode: 'guard',
	now: Date.UTC(2026, 9, 1, 12),
};

describe('a request of capiscio.pip.v1 (identity.md §2.4)', () => {
	it('has every member that the format has, and no other', () => {
		expect(pipRequest(CALL)).toEqual({
			pip_version: 'capiscio.pip.v1',
			subject: { did: 'anonymous', badge_jti: '', ial: '', trust_level: '' },
			action: { capability_class: 'filesystem.read', operation: 'read_file', mcp_tool: 'read_file' },
			resource: { identifier: 'files/read_file' },
			context: {
				txn_id: '019aca00-0000-7000-8000-000000000001',
				hop_id: null,
				envelope_id: null,
				delegation_depth: null,
				constraints: null,
				parent_constraints: null,
				enforcement_mode: 'EM-GUARD',
			},
			environment: {
				pep_id: 'mcp-firewall',
				time: '2026-10-01T12:00:00.000Z',
				server_id: 'a'.repeat(64),
			},
		});
	});

	it('says who calls and who is called where that is known', () => {
		const request = pipRequest({
			...CALL,
			caller: { did: 'did:key:zA', jti: 'j', ial: '1', level: '2' },
			server: { ...CALL.server, state: 'VERIFIED_PRINCIPAL', did: 'did:web:s.example', level: '2' },
			paramsHash: 'sha256:x',
		});
		expect(request).toMatchObject({
			subject: { did: 'did:key:zA', badge_jti: 'j', ial: '1', trust_level: '2' },
			environment: {
				server_state: 'VERIFIED_PRINCIPAL',
				server_did: 'did:web:s.example',
				server_trust_level: '2',
				params_hash: 'sha256:x',
			},
		});
	});

	it('has no class for a tool of which nothing is known', () => {
		expect(pipRequest({ ...CALL, capability: 'unknown' })).toMatchObject({ action: { capability_class: null } });
	});

	it.each(['filesystem.read', 'git.push-force', '1password.read', '_a.-b', 'x_a.read', 'a-b.c', 'a_002db.c'])(
		'writes %s as a class that is one, and nobody else’s',
		capability => {
			expect(isCapabilityClass(classOf(capability))).toBe(true);
		},
	);

	it('writes no two capabilities as the same class', () => {
		const capabilities = ['a-b.c', 'a_b.c', 'x_a_002db.c', 'a_002db.c', 'x_a-b.c', 'x_a_b.c'];
		expect(new Set(capabilities.map(classOf)).size).toBe(capabilities.length);
	});
});
