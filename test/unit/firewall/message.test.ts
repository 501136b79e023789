import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type JsonValue } from '../../../src/base/json';
import { isRpcId, shapeOf } from '../../../src/firewall/message';
import { route } from '../../../src/firewall/methodTable';

const rpc = (members: object) => shapeOf({ jsonrpc: '2.0', ...members });

describe('shapeOf', () => {
	it.each([
		['a batch', [{ jsonrpc: '2.0', id: 1, method: 'ping' }]],
		['null', null],
		['a text', 'ping'],
		['no version', { id: 1, method: 'ping' }],
		['another version', { jsonrpc: '1.0', id: 1, method: 'ping' }],
		['a version that is a number', { jsonrpc: 2, id: 1, method: 'ping' }],
		['neither method nor result', { jsonrpc: '2.0', id: 1 }],
		['a result without an id', { jsonrpc: '2.0', result: {} }],
		['a method that is no text', { jsonrpc: '2.0', id: 1, method: ['tools/call'] }],
		['the id null', { jsonrpc: '2.0', id: null, method: 'ping' }],
		['the id true', { jsonrpc: '2.0', id: true, method: 'ping' }],
		['params that are a list', { jsonrpc: '2.0', id: 1, method: 'ping', params: [] }],
		['params that are a text', { jsonrpc: '2.0', id: 1, method: 'ping', params: 'x' }],
		['PROTO-13: a request with a result', { jsonrpc: '2.0', id: 1, method: 'ping', result: {} }],
		[
			'PROTO-13: a request with an error',
			{ jsonrpc: '2.0', id: 1, method: 'ping', error: { code: 1, message: '' } },
		],
		['PROTO-13: a notification with a result', { jsonrpc: '2.0', method: 'notifications/message', result: {} }],
		['PROTO-13: a request with `Result`', { jsonrpc: '2.0', id: 1, method: 'ping', Result: {} }],
	])('%s is invalid', (_name, value) => {
		expect(shapeOf(value as JsonValue)).toMatchObject({ kind: 'invalid' });
	});

	it('the three that are valid', () => {
		expect(rpc({ id: 'a', method: 'm' })).toEqual({ kind: 'request', id: 'a', method: 'm', params: {} });
		expect(rpc({ method: 'm', params: { a: 1 } })).toEqual({ kind: 'notification', method: 'm', params: { a: 1 } });
		expect(rpc({ id: 0, result: null })).toEqual({ kind: 'response', id: 0 });
	});

	it('property: never throws, and a request never carries an answer', () => {
		fc.assert(
			fc.property(
				fc.dictionary(
					fc.constantFrom('jsonrpc', 'id', 'method', 'params', 'result', 'error', 'x'),
					fc.oneof(fc.constantFrom('2.0', 'ping', 1), fc.jsonValue()),
				),
				value => {
					const shape = shapeOf(value);
					const calls = shape.kind === 'request' || shape.kind === 'notification';
					expect(calls && ('result' in value || 'error' in value)).toBe(false);
				},
			),
			{ numRuns: 2_000 },
		);
	});

	it('ids survive a round trip or are none', () => {
		const values = [0, -1, 2 ** 53 - 1, '', 'a', 2 ** 53, 1.5, null, undefined, true];
		expect(values.map(value => isRpcId(value as JsonValue))).toEqual([
			true,
			true,
			true,
			true,
			true,
			false,
			false,
			false,
			false,
			false,
		]);
	});
});

describe('route', () => {
	it('property: what is no exact row is never a step of its own', () => {
		fc.assert(
			fc.property(
				fc.string({ unit: 'binary', maxLength: 30 }),
				fc.constantFrom('client' as const, 'server' as const),
				(method, from) => {
					const balanced = route(method, from, 'request', 'balanced');
					const strict = route(method, from, 'request', 'strict');
					if (balanced.kind === 'step' && !balanced.known) {
						expect(balanced.step).toBe('inspect');
						expect(strict).toEqual({ kind: 'refuse', why: 'unknown-method' });
					}
				},
			),
			{ numRuns: 2_000 },
		);
	});

	it('property: a known method in another case, with other separators or with letters doubled as digits is a look-alike', () => {
		const known = fc.constantFrom(
			'tools/call',
			'tools/list',
			'resources/read',
			'prompts/get',
			'sampling/createMessage',
		);
		fc.assert(
			fc.property(known, fc.array(fc.nat(3), { minLength: 24, maxLength: 24 }), (method, changes) => {
				const other = Array.from(method, (char, at) => {
					const change = changes[at] ?? 0;
					return change === 1
						? char.toUpperCase()
						: change === 2 && char === '/'
							? '_'
							: change === 3 && char === 'o'
								? '0'
								: char;
				}).join('');
				const expected = other === method ? 'step' : 'refuse';
				expect(
					route(other, method.startsWith('sampling') ? 'server' : 'client', 'request', 'balanced').kind,
				).toBe(expected);
			}),
		);
	});
});
