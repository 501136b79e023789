import { describe, expect, it } from 'vitest';
import { peekEnvelope } from '../../../src/proxy/relay/peekEnvelope';
import { readMessage, readOversize } from '../../../src/proxy/relay/readMessage';

const strict = (text: string | Uint8Array) => readMessage(Buffer.from(text), 'strict');

describe('readMessage', () => {
	it('keeps the bytes as they came', () => {
		const text = '{"jsonrpc":"2.0","id":1.0,"method":"ping","params":{"n":9007199254740993,"z":-0}}';
		const read = strict(text);
		expect(read.ok && Buffer.from(read.message.bytes).toString()).toBe(text);
		expect(read).toMatchObject({ shape: { kind: 'request', id: 1 } });
	});

	it('C-bom, S-bom: strips a byte order mark', () => {
		const read = strict('\ufeff{"jsonrpc":"2.0","id":1,"method":"ping"}');
		expect(read.ok && read.message.bytes[0]).toBe(0x7b);
	});

	it('PROTO-05: turns line ends inside a message into spaces, so that nobody else sees two messages', () => {
		const read = strict('{"jsonrpc":"2.0",\r"id":1,\r\n"method":"ping"}');
		expect(read.ok && Buffer.from(read.message.bytes).toString()).toBe(
			'{"jsonrpc":"2.0", "id":1,  "method":"ping"}',
		);
	});

	it.each([
		['C-badjson', '{"jsonrpc":"2.0","id":1,', -32700, 1],
		['C-nul', '\0\0\0', -32700, undefined],
		['C-batch', '[{"jsonrpc":"2.0","id":9,"method":"ping"}]', -32600, undefined],
		['C-idnull', '{"jsonrpc":"2.0","id":null,"method":"ping"}', -32600, undefined],
		['C-bigid', '{"jsonrpc":"2.0","id":9007199254740993,"method":"ping"}', -32600, undefined],
		['C-dupkey', '{"jsonrpc":"2.0","id":4,"method":"tools/call","params":{"name":"a","name":"b"}}', -32600, 4],
		['C-proto', '{"jsonrpc":"2.0","id":5,"method":"ping","params":{"__proto__":{}}}', -32600, 5],
		[
			'C-deep',
			`{"jsonrpc":"2.0","id":6,"method":"p","params":{"a":${'['.repeat(1e5)}${']'.repeat(1e5)}}}`,
			-32600,
			6,
		],
		['C-nojsonrpc', '{"id":7,"method":"ping"}', -32600, 7],
		['C-arrparams', '{"jsonrpc":"2.0","id":8,"method":"ping","params":[1]}', -32602, 8],
	])('%s is answered with %s', (_name, text, code, id) => {
		expect(strict(text)).toMatchObject({ ok: false, code, id });
	});

	it('C-badutf8: refuses what is not UTF-8', () => {
		expect(strict(Uint8Array.of(0x22, 0xc3, 0x28, 0x22))).toMatchObject({
			ok: false,
			code: -32700,
			why: 'not UTF-8',
		});
	});

	it('C-smuggle: an answer of the client holds no members that another parser takes for a request', () => {
		const answer = '{"jsonrpc":"2.0","id":7,"result":{"roots":[]}';
		const call = '"Method":"tools/call","Params":{"name":"run","arguments":{"command":"id"}}';
		const read = strict(`${answer},${call}}`);
		expect(read).toMatchObject({ ok: true, shape: { kind: 'response', id: 7 } });
		expect(read.ok && Buffer.from(read.message.bytes).toString()).toBe(`${answer}}`);
		expect(read.ok && read.message.value).toEqual({ jsonrpc: '2.0', id: 7, result: { roots: [] } });
		expect(read.ok && Object.isFrozen(read.message.value)).toBe(true);
	});

	it('S-deep, S-batch: finds the requests that an unreadable response answers', () => {
		const deep = `{"jsonrpc":"2.0","id":"a","result":${'['.repeat(1e5)}`;
		expect(readMessage(Buffer.from(deep), 'lenient')).toMatchObject({ ok: false, answers: ['a'] });
		const batch = '[{"jsonrpc":"2.0","id":1,"result":{}},{"method":"x","id":2},{"id":3,"error":{}}]';
		expect(readMessage(Buffer.from(batch), 'lenient')).toMatchObject({ ok: false, answers: [1, 3] });
	});

	it('S-huge: finds the id in the head of a message over the cap, but never takes a request for a response', () => {
		expect(readOversize(Buffer.from('{"jsonrpc":"2.0","id":12,"result":{"a":"xxxx'))).toMatchObject({
			answers: [12],
		});
		expect(readOversize(Buffer.from('{"id":12,"method":"ping","params":{"a":"x'))).toMatchObject({
			answers: [],
			id: 12,
		});
	});
});

describe('peekEnvelope', () => {
	it('reads only the outermost object', () => {
		expect(peekEnvelope('{"params":{"id":1,"method":"x"},"x":"\\"id\\":2","id" : "q\\u0041"')).toEqual({
			id: 'qA',
			hasMethod: false,
		});
		expect(peekEnvelope('{"id":1')).toEqual({ id: undefined, hasMethod: false });
		expect(peekEnvelope('{"id":1.0,')).toEqual({ id: 1, hasMethod: false });
	});
});

describe('an answer with one key twice', () => {
	it('PROTO-08 is handed on as it was read, so that nobody reads the other one', () => {
		const raw = '{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"evil"}],"content":[]}}';
		const read = readMessage(Buffer.from(raw), 'lenient');
		expect(read.ok && Buffer.from(read.message.bytes).toString()).toBe(
			'{"jsonrpc":"2.0","id":1,"result":{"content":[]}}',
		);
	});

	it('and any other answer keeps its bytes, numbers and spaces included', () => {
		const raw = '{"jsonrpc":"2.0", "id":1,"result":{"n":9007199254740993,"m":1.0}}';
		const read = readMessage(Buffer.from(raw), 'lenient');
		expect(read.ok && Buffer.from(read.message.bytes).toString()).toBe(raw);
	});
});
