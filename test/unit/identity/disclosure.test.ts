import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type JsonValue } from '../../../src/base/json';
import {
	isSilent,
	joinDisclosures,
	readDiscoveryDocument,
	readIdentityHeaders,
	readIdentityMeta,
	withoutIdentity,
} from '../../../src/domain/identity/disclosure';
import { vectors } from './vectors';

interface MetaCase {
	readonly meta: JsonValue;
	readonly did: string | null;
	readonly badge: string | null;
	readonly note?: string;
}

const { cases } = vectors<{ parse_meta: { cases: readonly MetaCase[] } }>('misc').parse_meta;

describe('disclosure in _meta (RFC-007 §6)', () => {
	it.each(cases)('parse_meta %j', ({ meta, did, badge }) => {
		expect(readIdentityMeta(meta)).toEqual({ ...(did !== null && { did }), ...(badge !== null && { badge }) });
	});

	it('fuzz: whatever `_meta` is, it is read without a throw, and gives texts only', () => {
		const key = fc.constantFrom(
			...['capiscio_server_did', 'capiscio_server_badge', 'io.capisc/server_did', 'x', '__proto__', 'toString'],
		);
		const meta = fc.oneof(fc.jsonValue(), fc.dictionary(key, fc.oneof(fc.jsonValue(), fc.string())));
		fc.assert(
			fc.property(meta, value => {
				const { did, badge } = readIdentityMeta(value);
				expect(['string', 'undefined']).toContain(typeof did);
				expect(['string', 'undefined']).toContain(typeof badge);
			}),
		);
	});

	it.each<[string, JsonValue]>([
		['a DID over the cap', { capiscio_server_did: `did:web:${'a'.repeat(3000)}` }],
		['an empty DID', { capiscio_server_did: '' }],
		['a badge over 16 KB', { capiscio_server_badge: 'a'.repeat(16 * 1024 + 1) }],
		['inherited names', Object.create({ capiscio_server_did: 'did:web:x.example' }) as JsonValue],
		['a list', [{ capiscio_server_did: 'did:web:x.example' }]],
	])('%s counts as absent', (_, meta) => {
		expect(isSilent(readIdentityMeta(meta))).toBe(true);
	});

	it('the alias with a prefix counts like the old name (MCP 2026-07-28), and must not say another thing', () => {
		const [a, b] = ['did:web:a.example', 'did:web:b.example'];
		expect(readIdentityMeta({ 'io.capisc/server_did': a })).toEqual({ did: a });
		expect(readIdentityMeta({ 'io.capisc/server_did': a, capiscio_server_did: a })).toEqual({ did: a });
		expect(readIdentityMeta({ 'io.capisc/server_did': a, capiscio_server_did: b })).toEqual({ conflict: true });
	});
});

describe('disclosure in headers', () => {
	it('names have no case', () => {
		const raw = ['CAPISCIO-server-did', 'did:web:a.example', 'Capiscio-Server-Badge', 'a.b.c', 'X', 'y'];
		expect(readIdentityHeaders(raw)).toEqual({ did: 'did:web:a.example', badge: 'a.b.c' });
	});

	it.each([
		['two DIDs', ['Capiscio-Server-DID', 'did:web:a.example', 'capiscio-server-did', 'did:web:b.example']],
		[
			'the same DID twice',
			['Capiscio-Server-DID', 'did:web:a.example', 'capiscio-server-did', 'did:web:a.example'],
		],
		['two badges', ['capiscio-server-badge', 'a.b.c', 'Capiscio-Server-Badge', 'd.e.f']],
	])('%s: rejected, not chosen from', (_, raw) => {
		expect(readIdentityHeaders(raw)).toEqual({ conflict: true });
	});

	it('a value that reads like a name is none', () => {
		expect(isSilent(readIdentityHeaders(['X', 'capiscio-server-did', 'Y', 'did:web:a.example']))).toBe(true);
	});

	it('header and _meta differ: a conflict (identity.md §6.3), whichever comes first', () => {
		const [one, other] = [{ did: 'did:web:a.example' }, { did: 'did:web:b.example' }];
		expect(joinDisclosures(one, other)).toEqual({ conflict: true });
		expect(joinDisclosures({ ...one, badge: 'a.b.c' }, { badge: 'd.e.f' })).toEqual({ conflict: true });
		expect(joinDisclosures(one, { ...one, badge: 'a.b.c' })).toEqual({ ...one, badge: 'a.b.c' });
		expect(joinDisclosures({ conflict: true }, one)).toEqual({ conflict: true });
	});
});

describe('the discovery document', () => {
	it('names DID and badge; what is no document says nothing', () => {
		const text = JSON.stringify({ server_did: 'did:web:a.example', server_badge: 'a.b.c', trust_level: 4 });
		expect(readDiscoveryDocument(text)).toEqual({ did: 'did:web:a.example', badge: 'a.b.c' });
		for (const broken of ['', '[]', '{', 'null', '{"server_did":1}', '{"server_did":"a","server_did":"b"}']) {
			expect(isSilent(readDiscoveryDocument(broken))).toBe(true);
		}
	});
});

describe('results without identity', () => {
	it('a renewed badge makes no other introduction; anything else does', () => {
		const result = (badge: string, more = {}) => ({
			serverInfo: { name: 'a' },
			_meta: { capiscio_server_did: 'did:web:a.example', capiscio_server_badge: badge, ...more },
		});
		expect(withoutIdentity(result('one'))).toEqual(withoutIdentity(result('two')));
		expect(withoutIdentity(result('one'))).toEqual({ serverInfo: { name: 'a' } });
		expect(withoutIdentity(result('one', { other: 1 }))).toEqual({
			serverInfo: { name: 'a' },
			_meta: { other: 1 },
		});
		const plain = { serverInfo: { name: 'a' }, _meta: { other: 1 } };
		expect(withoutIdentity(plain)).toBe(plain);
	});
});
