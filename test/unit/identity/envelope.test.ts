import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isCapabilityClass, isWithinClass } from '../../../src/domain/identity/capabilityClass';
import { signCompactJws } from '../../../src/domain/identity/compactJws';
import { didKeyOf, jwkOfDidKey } from '../../../src/domain/identity/did';
import {
	type Delegation,
	ENVELOPE_TYP,
	type EnvelopeCheck,
	type EnvelopeErrorCode,
	envelopeHash,
	narrowingError,
	readEnvelope,
	verifyEnvelopes,
} from '../../../src/domain/identity/envelope';
import { aKeyPair, type KeyPair } from './adminKeys';
import { vectors } from './vectors';

const given = vectors<{
	capability_class: { value: string; ok: boolean }[];
	scope: { child: string; parent: string; within: boolean }[];
	narrowing: {
		parent: Delegation;
		child_base: Delegation;
		cases: { set: Partial<Delegation>; ok?: boolean; error?: EnvelopeErrorCode }[];
	};
	chain: Record<string, string>;
}>('envelope');

const CLOCK = 1_735_689_650;
const keysOf = (did: string) => {
	const key = jwkOfDidKey(did);
	return Promise.resolve(key === undefined ? [] : [key]);
};
const check = (over: Partial<EnvelopeCheck> = {}): EnvelopeCheck => ({
	...{ keysOf, badgeJti: 'b-x', capability: 'tools.database.read', now: CLOCK },
	...over,
});
const codeOf = async (tokens: readonly string[], over?: Partial<EnvelopeCheck>) => {
	const result = await verifyEnvelopes(tokens, check(over));
	return result.ok ? 'ok' : result.code;
};

describe('capability classes (RFC-008 §7)', () => {
	it.each(given.capability_class)('$value: $ok', ({ value, ok }) => {
		expect(isCapabilityClass(value)).toBe(ok);
	});
	it.each(given.scope)('$child within $parent: $within', ({ child, parent, within }) => {
		expect(isWithinClass(child, parent)).toBe(within);
	});
});

describe('narrowing (RFC-008 §8)', () => {
	it.each(given.narrowing.cases.map(one => [JSON.stringify(one.set), one] as const))(
		'%s',
		(_, { set, ok, error }) => {
			const child = { ...given.narrowing.child_base, ...set };
			expect(narrowingError(child, given.narrowing.parent)).toBe(ok === true ? undefined : error);
		},
	);

	it('what may not be delegated further is not', () => {
		const parent = { ...given.narrowing.parent, delegation_depth_remaining: 0 };
		const child = { ...given.narrowing.child_base, delegation_depth_remaining: 0 };
		expect(narrowingError(child, parent)).toBe('ENVELOPE_DEPTH_EXCEEDED');
	});
});

describe('the signed chain of the vectors', () => {
	const { root = '', leaf = '', leaf_bad_parent_hash: bad = '' } = given.chain;

	it('verifies, and its leaf has the hash that evidence names', async () => {
		const result = await verifyEnvelopes([root, leaf], check());
		expect(result).toMatchObject({
			ok: true,
			value: { depth: 1, leaf: { capability_class: 'tools.database.read' } },
		});
		expect(envelopeHash(leaf)).toBe(given.chain.leaf_authority_envelope_hash);
		expect(result.ok && result.value.envelopeHash).toBe(given.chain.leaf_authority_envelope_hash);
	});

	it('is what the HTTP header holds', () => {
		const header = Buffer.from(given.chain.http_chain_header ?? '', 'base64url').toString();
		expect(JSON.parse(header)).toEqual([root, leaf]);
	});

	it.each<[string, readonly string[], Partial<EnvelopeCheck>, string]>([
		['a leaf with another parent hash', [root, bad], {}, 'ENVELOPE_CHAIN_BROKEN'],
		['a leaf without its root', [leaf], {}, 'ENVELOPE_CHAIN_BROKEN'],
		['a root behind its leaf', [leaf, root], { badgeJti: 'b-ca' }, 'ENVELOPE_CHAIN_BROKEN'],
		['nothing', [], {}, 'ENVELOPE_MALFORMED'],
		['eleven', Array.from({ length: 11 }, () => root), {}, 'ENVELOPE_CHAIN_TOO_DEEP'],
		['another badge', [root, leaf], { badgeJti: 'b-y' }, 'ENVELOPE_BADGE_BINDING_FAILED'],
		['the root’s badge at the leaf', [root, leaf], { badgeJti: 'b-ca' }, 'ENVELOPE_BADGE_BINDING_FAILED'],
		['the class above', [root, leaf], { capability: 'tools.database' }, 'ENVELOPE_SCOPE_INSUFFICIENT'],
		['a class beside', [root, leaf], { capability: 'tools.database.readall' }, 'ENVELOPE_SCOPE_INSUFFICIENT'],
		['what is no class', [root, leaf], { capability: 'tools.*' }, 'ENVELOPE_CAPABILITY_INVALID'],
		['a minute after its end', [root, leaf], { now: 1_735_689_800 }, 'ENVELOPE_EXPIRED'],
		['a second before its beginning', [root, leaf], { now: 1_735_689_600 }, 'ENVELOPE_NOT_YET_VALID'],
		['keys that nobody knows', [root, leaf], { keysOf: () => Promise.resolve([]) }, 'ENVELOPE_KEY_NOT_BOUND'],
		[
			'another key',
			[root, leaf],
			{ keysOf: () => Promise.resolve([aKeyPair().publicJwk]) },
			'ENVELOPE_SIGNATURE_INVALID',
		],
	])('%s: refused', async (_, tokens, over, code) => {
		expect(await codeOf(tokens, over)).toBe(code);
	});

	it('never holds with any character changed (property)', async () => {
		await fc.assert(
			fc.asyncProperty(
				fc.nat(leaf.length - 1),
				fc.constantFrom('A', 'b', '0', '_', '.', '='),
				async (at, char) => {
					const changed = leaf.slice(0, at) + char + leaf.slice(at + 1);
					expect((await codeOf([root, changed])) === 'ok').toBe(changed === leaf);
				},
			),
			{ numRuns: 200 },
		);
	});
});

describe('an envelope that somebody made up', () => {
	const pair = aKeyPair();
	const did = didKeyOf(pair.publicJwk);
	const payload = (over: Record<string, unknown> = {}) => ({
		...{ envelope_id: 'e', issuer_did: did, subject_did: 'did:key:x', txn_id: 't', parent_authority_hash: null },
		...{ capability_class: 'tools', constraints: {}, delegation_depth_remaining: 1, enforcement_mode_min: null },
		...{ issued_at: CLOCK - 10, expires_at: CLOCK + 10, issuer_badge_jti: 'b-x', subject_badge_jti: null },
		...over,
	});
	const sign = (claims: object, by: KeyPair = pair, header: object = {}) =>
		signCompactJws(
			{ typ: ENVELOPE_TYP, kid: `${did}#${did.slice(8)}`, ...header },
			new TextEncoder().encode(JSON.stringify(claims)),
			by.privateJwk,
		);

	it('holds where all is right, and raises the mode', async () => {
		expect(await codeOf([await sign(payload())])).toBe('ok');
		const strict = await verifyEnvelopes([await sign(payload({ enforcement_mode_min: 'EM-STRICT' }))], check());
		expect(strict).toMatchObject({ ok: true, value: { leastMode: 'strict' } });
	});

	it.each<[string, Record<string, unknown>, string]>([
		['no id', { envelope_id: undefined }, 'ENVELOPE_MALFORMED'],
		['a mode in lower case', { enforcement_mode_min: 'em-strict' }, 'ENVELOPE_MALFORMED'],
		['a parent hash in upper case', { parent_authority_hash: 'A'.repeat(64) }, 'ENVELOPE_MALFORMED'],
		['no parent hash at all', { parent_authority_hash: undefined }, 'ENVELOPE_MALFORMED'],
		['constraints that are a list', { constraints: [] }, 'ENVELOPE_MALFORMED'],
		['a negative depth', { delegation_depth_remaining: -1 }, 'ENVELOPE_MALFORMED'],
		['a depth of one and a half', { delegation_depth_remaining: 1.5 }, 'ENVELOPE_MALFORMED'],
		['an end before its beginning', { expires_at: CLOCK - 10 }, 'ENVELOPE_MALFORMED'],
		[
			'no badge of its subject below the root',
			{ parent_authority_hash: 'a'.repeat(64), subject_badge_jti: null },
			'ENVELOPE_MALFORMED',
		],
		['a wildcard', { capability_class: 'tools.*' }, 'ENVELOPE_CAPABILITY_INVALID'],
		['another issuer than its key', { issuer_did: 'did:key:zOther' }, 'ENVELOPE_KEY_NOT_BOUND'],
	])('with %s is refused', async (_, over, code) => {
		expect(await codeOf([await sign(payload(over))])).toBe(code);
	});

	it('signed by somebody else, as a badge, or with a key that it brings along, is refused', async () => {
		const other = aKeyPair();
		expect(await codeOf([await sign(payload(), other)])).toBe('ENVELOPE_SIGNATURE_INVALID');
		expect(await codeOf([await sign(payload(), other, { jwk: other.publicJwk })])).toBe(
			'ENVELOPE_SIGNATURE_INVALID',
		);
		expect(await codeOf([await sign(payload(), pair, { typ: 'JWT' })])).toBe('ENVELOPE_MALFORMED');
	});

	it('under HMAC or no algorithm is refused by its name', async () => {
		const [, body = ''] = (await sign(payload())).split('.');
		for (const alg of ['none', 'HS256', 'ES256']) {
			const header = Buffer.from(JSON.stringify({ alg, typ: ENVELOPE_TYP, kid: did })).toString('base64url');
			expect(await codeOf([`${header}.${body}.${'A'.repeat(86)}`])).toBe('ENVELOPE_ALGORITHM_FORBIDDEN');
		}
	});

	it('of more than 8 KiB is refused', async () => {
		expect(await codeOf([await sign(payload({ prompt_summary: 'x'.repeat(8_192) }))])).toBe(
			'ENVELOPE_PAYLOAD_TOO_LARGE',
		);
	});

	it('whatever it is, reading it does not throw (property)', () => {
		fc.assert(
			fc.property(fc.jsonValue(), value => {
				expect(readEnvelope(value as Parameters<typeof readEnvelope>[0]).ok).toBe(false);
			}),
		);
	});
});
