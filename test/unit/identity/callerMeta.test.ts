import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type JsonObject } from '../../../src/base/json';
import { checkCallerBadge } from '../../../src/domain/identity/callerBadge';
import { givesCaller, sentId, withMeta } from '../../../src/proxy/identity/callerMeta';
import { freshKey, selfSigned, TestIssuer } from './issuer';

const read = (text: string) => JSON.parse(text) as JsonObject;
const change = (text: string, add: JsonObject = {}) =>
	Buffer.from(withMeta(Buffer.from(text), read(text), add)).toString();

describe('credentials of the caller in `_meta`', () => {
	it.each([
		['capiscio_caller_badge', true],
		['capiscio_caller_api_key', true],
		['CAPISCIO_CALLER_BADGE', true],
		['io.capisc/caller_badge', true],
		['capiscio_server_did', false],
		['progressToken', false],
	])('%s: %s', (key, gives) => {
		expect(givesCaller({ method: 'tools/call', params: { _meta: { [key]: 'x' } } })).toBe(gives);
	});

	it('an escaped name is the same name', () => {
		const text = '{"params":{"_meta":{"capiscio_\\u0063aller_badge":"x","y":1}}}';
		expect(givesCaller(read(text))).toBe(true);
		expect(change(text)).toBe('{"params":{"_meta":{"y":1}}}');
	});

	it.each([
		['{"id":1,"params":{"name":"a", "n":1.0}}', '{"id":1,"params":{"_meta":{"b":"t"},"name":"a", "n":1.0}}'],
		['{"id":1,"params":{}}', '{"id":1,"params":{"_meta":{"b":"t"}}}'],
		[
			'{"id":1,"params":{ "a":{"_meta":{"z":1}} }}',
			'{"id":1,"params":{"_meta":{"b":"t"}, "a":{"_meta":{"z":1}} }}',
		],
		['{"params":{"_meta":{"progressToken":1}},"id":1}', '{"params":{"_meta":{"progressToken":1,"b":"t"}},"id":1}'],
		['{"id":1,"params":{"_meta":null}}', '{"id":1,"params":{"_meta":{"b":"t"}}}'],
	])('%s', (text, expected) => {
		expect(change(text, { b: 't' })).toBe(expected);
	});

	it('a request without parameters', () => {
		expect(read(change('{"id":1,"method":"ping"}', { b: 't' }))).toEqual({
			...{ id: 1, method: 'ping' },
			params: { _meta: { b: 't' } },
		});
	});

	it('what a shared process is sent keeps the id and the progress token that leave, not those of its session', () => {
		const asked = {
			id: 'a',
			method: 'tools/call',
			params: { _meta: { progressToken: 7, capiscio_caller_badge: 'x' } },
		};
		const sent = '{"id":3,"method":"tools/call","params":{"_meta":{"progressToken":"mcp-firewall-3"}}}';
		const after = read(Buffer.from(withMeta(Buffer.from(sent), asked, { b: 't' })).toString());
		expect(after).toMatchObject({ id: 3, params: { _meta: { progressToken: 'mcp-firewall-3', b: 't' } } });
		const bare = withMeta(Buffer.from('{"id":4,"method":"x"}'), { id: 'a', method: 'x' }, { b: 't' });
		expect(read(Buffer.from(bare).toString())).toEqual({ id: 4, method: 'x', params: { _meta: { b: 't' } } });
		expect(sentId(Buffer.from(sent))).toBe(3);
		expect(sentId(Buffer.from('{"method":"x"}'))).toBeUndefined();
	});

	it('parameters that are no object stay what they are', () => {
		expect(change('{"id":1,"params":[1]}', { b: 't' })).toBe('{"id":1,"params":[1]}');
	});

	it('whatever the parameters are, all but `_meta` says the same, and no credential is left', () => {
		const params = fc.dictionary(fc.string(), fc.jsonValue());
		const meta = fc.dictionary(
			fc.constantFrom('capiscio_caller_badge', 'capiscio_caller_api_key', 'a', 'b"\\'),
			fc.string(),
		);
		fc.assert(
			fc.property(params, fc.option(meta), (given, own) => {
				const rest = read(JSON.stringify({ ...given, _meta: undefined }));
				const text = JSON.stringify({ id: 1, params: { ...rest, ...(own !== null && { _meta: own }) } });
				const after = read(change(text, { added: 'x' })) as { id: number; params: JsonObject };
				const { _meta: left, ...kept } = after.params;
				expect(kept).toEqual(rest);
				expect(after.id).toBe(1);
				expect(givesCaller(after)).toBe(false);
				expect(left).toMatchObject({ added: 'x' });
			}),
		);
	});
});

describe('which badge of the caller may go where (identity.md §6.1 #20)', () => {
	const NOW = 1_800_000_000;
	const DID = 'did:web:mcp.example';
	const key = freshKey();

	it('one of an issuer for this very server, for as long as it lives', () => {
		const issuer = new TestIssuer(() => NOW);
		const wish = { sub: key.did, key: key.publicJwk, jti: 'j-1', claims: { aud: [DID] } };
		expect(checkCallerBadge(issuer.issue(wish), DID, NOW)).toEqual({ ok: true, jti: 'j-1' });
		expect(checkCallerBadge(issuer.issue(wish), 'did:web:other.example', NOW).ok).toBe(false);
		expect(checkCallerBadge(issuer.issue(wish), DID, NOW + 300).ok).toBe(false);
		expect(checkCallerBadge(issuer.issue({ ...wish, ttl: 4000 }), DID, NOW).ok).toBe(false);
	});

	it('one that we sign ourselves lives for 60 s at most', () => {
		const minted = (exp: number) => selfSigned(key, NOW, { aud: [DID], exp });
		expect(checkCallerBadge(minted(NOW + 60), DID, NOW).ok).toBe(true);
		expect(checkCallerBadge(minted(NOW + 61), DID, NOW).ok).toBe(false);
	});

	it('whatever the text is, nothing throws and nothing of it is told', () => {
		fc.assert(
			fc.property(fc.string(), text => {
				const checked = checkCallerBadge(text, DID, NOW);
				expect(checked.ok).toBe(false);
			}),
		);
		const why = checkCallerBadge(selfSigned(key, NOW, { aud: ['did:web:secret.example'] }), DID, NOW);
		expect(JSON.stringify(why)).not.toContain('secret');
	});
});
