import { describe, expect, it } from 'vitest';
import { type JsonObject, type JsonValue } from '../../src/base/json';
import { KnownValues } from '../../src/domain/inspection/knownValues';
import { MAX_BLOCKS, MAX_RESULT_DEPTH } from '../../src/domain/inspection/resultExcess';
import { HARMLESS_URI } from '../../src/domain/inspection/resultParts';
import { ALLOW_ALL, disklessRig, entryOf, pinOf, type RigOptions } from './support/rig';

/** No form of its own: nothing but that this machine keeps it says what it is. */
const VALUE = 'Zq7wN2vRk9XbT4mLp8Hc3Yd6Gs5Jf1Ae0Uo';
const KNOWN = new KnownValues([{ name: 'SERVICE_VALUE', value: VALUE }], [0x1234_5679, 0x0bad_cafe]);
const PLAIN = { name: 'plain', inputSchema: { type: 'object' } };
const text = (words: string) => ({ type: 'text', text: words });

async function answerTo(result: JsonValue, options: RigOptions = {}) {
	const rig = disklessRig({ policy: ALLOW_ALL, entry: entryOf([pinOf(PLAIN, 'compute.run')]), ...options });
	rig.upstream.answers(result);
	const answer = await rig.call('plain');
	return { rig, answer, shown: JSON.stringify(answer), entry: rig.trail.endings[0] };
}

function nested(depth: number): JsonValue {
	let value: JsonValue = 'MARKER';
	for (let level = 0; level < depth; level++) {
		value = [value];
	}
	return value;
}

describe('RESP-02: an answer of more than anybody can use is not handed on', () => {
	it.each<[string, JsonObject]>([
		['blocks', { content: Array.from({ length: MAX_BLOCKS + 1 }, () => text('MARKER')) }],
		['levels', { content: [], structuredContent: { deep: nested(MAX_RESULT_DEPTH + 2) } }],
	])('too many %s', async (_, result) => {
		const { answer, entry, shown } = await answerTo(result);
		expect(answer?.error).toMatchObject({ data: { reason: 'upstream_excessive', evidenceId: entry?.id } });
		expect(entry?.outcome).toBe('failed');
		expect(shown).not.toContain('MARKER');
	});

	it('as many as there may be pass', async () => {
		const { answer } = await answerTo({ content: [], structuredContent: { deep: nested(MAX_RESULT_DEPTH - 4) } });
		expect(answer).toHaveProperty('result');
	});
});

describe('RESP-01: an address that leads where it must not is replaced', () => {
	it.each([
		['a metadata service', 'http://169.254.169.254/latest/meta-data/'],
		['this machine', 'http://127.0.0.1:8080/admin'],
		['program code', 'javascript:alert(1)'],
	])('%s', async (_, uri) => {
		const link = { type: 'resource_link', uri, name: 'a page' };
		const { answer, entry, shown } = await answerTo({ content: [text('see'), link] });
		expect(shown).not.toContain(uri);
		const { content } = answer?.result as { readonly content: readonly JsonObject[] };
		expect(content[0]).toEqual(text('see'));
		expect(content[1]).toMatchObject({ type: 'resource_link', uri: HARMLESS_URI });
		expect(entry?.labels).toContain('unsafe-link');
	});

	it('any other stays', async () => {
		const result = { content: [{ type: 'resource_link', uri: 'memo://notes/a', name: 'a page' }] };
		expect((await answerTo(result)).answer?.result).toEqual(result);
	});
});

describe('RESP-03: what this machine keeps is masked in an answer', () => {
	it.each<[string, JsonObject, number?]>([
		['in a text', { content: [text(`it is ${VALUE} there`)] }],
		['over two blocks', { content: [text(`it is ${VALUE.slice(0, 17)}`), text(VALUE.slice(17))] }, 2],
		['in structured content', { content: [], structuredContent: { deep: [{ note: VALUE }] } }],
		['as a name', { content: [], structuredContent: { [VALUE]: 1 } }],
		['in base64', { content: [text(Buffer.from(`x ${VALUE} y`).toString('base64'))] }],
		['in an error of the tool', { content: [text(`bad key ${VALUE}`)], isError: true }],
	])('%s', async (_, result, masked = 1) => {
		const { rig, entry, shown } = await answerTo(result, { ports: { known: () => KNOWN } });
		expect(shown).toContain('[masked:known-value len=');
		for (const piece of [VALUE, VALUE.slice(0, 17), VALUE.slice(17), Buffer.from(VALUE).toString('base64')]) {
			expect(shown).not.toContain(piece);
		}
		expect(entry).toMatchObject({ outcome: 'answered', masked });
		expect(entry?.labels).toContain('secret');
		expect(rig.trail.text).not.toContain(VALUE);
	});

	it('nothing is masked where nothing is known', async () => {
		const result = { content: [text(`it is ${VALUE} there`)] };
		expect((await answerTo(result)).answer?.result).toEqual(result);
	});
});
