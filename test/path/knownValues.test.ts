import { describe, expect, it } from 'vitest';
import { sha256Hex } from '../../src/base/digest';
import { type JsonObject } from '../../src/base/json';
import { KnownValues } from '../../src/domain/inspection/knownValues';
import { type InspectionPolicy } from '../../src/domain/policy/inspectionPolicy';
import { type ServerEntry } from '../../src/domain/registry/serverEntry';
import { ALLOW_ALL, disklessRig, entryOf, pinOf, type Rig, type RigOptions } from './support/rig';

const SAVE = {
	name: 'save_note',
	inputSchema: {
		type: 'object',
		properties: {
			title: { type: 'string' },
			body: { type: 'string' },
			more: { type: 'array', items: { type: 'string' } },
			free: { type: 'object' },
		},
	},
};
const PROMPT = { key: 'greet', digest: 'p', reviewed: { name: 'greet', arguments: [{ name: 'who' }] } };
/** No form of its own. */
const VALUE = 'Zq7wN2vRk9XbT4mLp8Hc3Yd6Gs5Jf1Ae0Uo';
const KNOWN = new KnownValues([{ name: 'SERVICE_VALUE', value: VALUE }], [0x1234_5679, 0x0bad_cafe]);
const base64 = (text: string) => Buffer.from(text).toString('base64');

type Outgoing = InspectionPolicy['outgoing'];

function rigOf(over: Partial<ServerEntry> = {}, outgoing: Partial<Outgoing> = {}, options: RigOptions = {}): Rig {
	const surface = { prompts: [PROMPT], resourceTemplates: [] };
	const rig = disklessRig({
		policy: ALLOW_ALL,
		entry: entryOf([pinOf(SAVE, 'notes.write')], { surface, ceiling: 'internal', ...over }),
		...options,
		ports: { known: () => KNOWN, ...options.ports },
	});
	const { policy } = rig.load;
	if (policy !== undefined) {
		const inspection = { ...policy.inspection, outgoing: { ...policy.inspection.outgoing, ...outgoing } };
		rig.load = { ...rig.load, policy: { ...policy, inspection } };
	}
	return rig;
}

const reasonOf = (answer: JsonObject | undefined) =>
	((answer?.error as JsonObject | undefined)?.data as JsonObject | undefined)?.reason;
const sentText = (rig: Rig) => rig.upstream.texts.join('\n');

describe('N4, ARG-14: what this machine keeps does not leave', () => {
	it.each<[string, JsonObject]>([
		['plain', { body: `use ${VALUE} there` }],
		['in base64', { body: base64(`x ${VALUE}`) }],
		['in a nested member', { free: { a: [{ b: VALUE }] } }],
		['as a name', { free: { [VALUE]: 1 } }],
		['in two fields', { title: VALUE.slice(0, 17), body: VALUE.slice(17) }],
		['in four items', { more: [VALUE.slice(0, 9), VALUE.slice(9, 18), VALUE.slice(18, 27), VALUE.slice(27)] }],
		['in short items', { more: VALUE.match(/.{1,5}/g) ?? [] }],
		['in short items, backwards', { more: VALUE.match(/.{1,5}/g)?.reverse() ?? [] }],
	])('%s: refused, not sent, not in the trail', async (_, args) => {
		const rig = rigOf();
		expect(reasonOf(await rig.call('save_note', args))).toBe('above_sensitivity');
		expect(rig.upstream.sent).toEqual([]);
		expect(rig.trail.text).not.toContain(VALUE);
		expect(rig.trail.endings[0]?.sensitivity?.label).toBe('secret');
	});

	it.each<[string, JsonObject]>([
		['prompts/get', { name: 'greet', arguments: { who: VALUE } }],
		[
			'completion/complete',
			{ ref: { type: 'ref/prompt', name: 'greet' }, argument: { name: 'who', value: VALUE } },
		],
		['resources/read', { uri: `memo://notes/${VALUE}` }],
		['logging/setLevel', { level: VALUE }],
	])('%s is held back as well', async (method, params) => {
		const rig = rigOf();
		expect(reasonOf(await rig.request(method, params))).toBe('above_sensitivity');
		expect(sentText(rig)).toBe('');
		expect(rig.trail.text).not.toContain(VALUE);
	});

	it.each(['sampling/createMessage', 'elicitation/create'])('an answer to %s', async method => {
		const rig = rigOf();
		const params = method.startsWith('s')
			? { messages: [], maxTokens: 9 }
			: { message: 'who?', requestedSchema: {} };
		const reply = { result: { action: 'accept', content: { text: `it is ${VALUE}` } } };
		const { answer } = await rig.serverRequest({ method, params }, reply);
		expect(JSON.stringify(answer)).not.toContain(VALUE);
		expect(rig.trail.text).not.toContain(VALUE);
	});

	it('a server that may be sent secrets is sent it', async () => {
		const rig = rigOf({ ceiling: 'secret' });
		expect(await rig.call('save_note', { body: VALUE })).toHaveProperty('result');
		expect(rig.trail.text).not.toContain(VALUE);
	});

	it('a server that nobody reviewed is not sent it, and is sent everything else', async () => {
		const rig = disklessRig({
			policy: `${ALLOW_ALL}capabilities: { "filesystem/save_note": notes.write }\n`,
			ports: { known: () => KNOWN },
		});
		expect(reasonOf(await rig.call('save_note', { body: VALUE }))).toBe('above_sensitivity');
		expect(await rig.call('save_note', { body: 'a line' })).toHaveProperty('result');
	});
});

describe('SEQ-04, C9: over calls of a session', () => {
	it('chunks of eight and more are stopped before the value is out', async () => {
		const rig = rigOf();
		const chunks = VALUE.match(/.{1,8}/g) ?? [];
		const answers = [];
		for (const body of chunks) {
			answers.push(reasonOf(await rig.call('save_note', { body })));
		}
		expect(answers.slice(1, -1)).toEqual(answers.slice(1, -1).map(() => 'above_sensitivity'));
		expect(chunks.filter(chunk => sentText(rig).includes(chunk)).join('').length).toBeLessThan(VALUE.length / 2);
	});

	it('short chunks of one field are stopped as well', async () => {
		const rig = rigOf();
		for (const body of VALUE.match(/.{1,5}/g) ?? []) {
			await rig.call('save_note', { title: 'part', body });
		}
		expect((VALUE.match(/.{1,5}/g) ?? []).filter(chunk => sentText(rig).includes(chunk)).length).toBeLessThan(4);
	});

	it('a key of a known form that nobody knew, in two calls of one field', async () => {
		const rig = rigOf({}, {}, { ports: { known: () => undefined } });
		await rig.call('save_note', { body: 'AKIAQ3EG' });
		expect(reasonOf(await rig.call('save_note', { body: 'ZXCVBNMLKJHG' }))).toBe('above_sensitivity');
	});

	it.each([' ', '\u200b', '\n'])('a key of a known form with %j in it', async part => {
		const rig = rigOf({}, {}, { ports: { known: () => undefined } });
		const body = 'ghp_16C7e42F292c6912E7710c838347Ae178B4a'.match(/.{1,6}/g)?.join(part) ?? '';
		expect(reasonOf(await rig.call('save_note', { body }))).toBe('above_sensitivity');
	});

	it('the same honest text again and again goes', async () => {
		const rig = rigOf();
		for (let count = 0; count < 5; count++) {
			expect(await rig.call('save_note', { title: 'tides', body: 'high at noon' })).toHaveProperty('result');
		}
	});
});

describe('inspection.outgoing.secrets: redact', () => {
	it('INVARIANT 1, 10: what is shown, judged and recorded is what is sent, and that holds a mask', async () => {
		const rig = rigOf({}, { secrets: 'redact' }, { policy: 'require_approval: [{capability: "notes.*"}]\n' });
		rig.approver.will('allowed-once');
		const text = JSON.stringify({
			...{ jsonrpc: '2.0', id: 'call-1', method: 'tools/call' },
			params: { name: 'save_note', arguments: { title: 'a\u00e9', body: `key ${VALUE} end`, free: { n: 1.0 } } },
		});
		await rig.send(text);
		const sent = rig.upstream.texts.at(-1) ?? '';
		expect(JSON.parse(sent)).toMatchObject({
			params: {
				arguments: {
					title: 'a\u00e9',
					body: expect.stringMatching(/^key \[masked:known-value len=\d+\] end$/) as unknown,
				},
			},
		});
		const [entry] = rig.trail.endings;
		expect(entry).toMatchObject({
			outcome: 'answered',
			received: sha256Hex(text),
			digest: sha256Hex(sent),
			narrowed: [{ path: '/params/arguments/body', why: 'sensitive' }],
		});
		expect(rig.approver.requests[0]).toMatchObject({ digest: sha256Hex(sent) });
		expect(JSON.stringify(rig.approver.requests)).not.toContain(VALUE);
		expect(rig.trail.text).not.toContain(VALUE);
	});

	it('what no mask can stand for is refused: a name, pieces', async () => {
		const rig = rigOf({}, { secrets: 'redact' });
		expect(reasonOf(await rig.call('save_note', { free: { [VALUE]: 1 } }))).toBe('above_sensitivity');
		expect(reasonOf(await rig.call('save_note', { more: VALUE.match(/.{1,5}/g) ?? [] }))).toBe('above_sensitivity');
		expect(sentText(rig)).toBe('');
	});

	it('what tells of this machine goes as a whole where the ceiling is public', async () => {
		const rig = rigOf({ ceiling: 'public' }, { secrets: 'redact' }, { host: { home: '/home/marvinson' } });
		await rig.call('save_note', { title: 'ok', body: 'see /home/marvinson/notes' });
		expect(sentText(rig)).toContain('[masked:internal len=25]');
		expect(sentText(rig)).not.toContain('marvinson');
	});

	it('an answer of the client and the name of a resource are redacted too', async () => {
		const rig = rigOf({}, { secrets: 'redact' });
		await rig.request('resources/read', { uri: `memo://notes/${VALUE}` });
		const reply = { result: { action: 'accept', content: { text: VALUE } } };
		const params = { message: 'who?', requestedSchema: {} };
		const { answer } = await rig.serverRequest({ method: 'elicitation/create', params }, reply);
		expect(sentText(rig)).toContain('memo://notes/[masked:known-value');
		expect(JSON.stringify(answer)).not.toContain(VALUE);
	});
});

describe('inspection.outgoing.personalData', () => {
	const all = (effect: 'redact' | 'refuse') => ({
		personalData: { email: effect, phone: effect, card: effect, iban: effect, 'national-id': effect },
	});
	const body = 'ask jo.miller@tides.org or +49 30 901820, card 4012 8888 8888 1881, DE89 3704 0044 0532 0130 00';

	it('passes where the policy says nothing', async () => {
		const rig = rigOf();
		expect(await rig.call('save_note', { body })).toHaveProperty('result');
		expect(sentText(rig)).toContain('jo.miller');
	});

	it('is masked', async () => {
		const rig = rigOf({}, all('redact'));
		expect(await rig.call('save_note', { body })).toHaveProperty('result');
		expect(JSON.parse(rig.upstream.texts.at(-1) ?? '')).toMatchObject({
			params: {
				arguments: {
					body: 'ask [masked:email len=19] or [masked:phone len=13], card [masked:card len=19], [masked:iban len=27]',
				},
			},
		});
		expect(rig.trail.endings[0]?.narrowed).toEqual([{ path: '/params/arguments/body', why: 'personal-data' }]);
	});

	it('is refused, also for a server that nobody reviewed', async () => {
		const rig = rigOf({}, all('refuse'));
		expect(reasonOf(await rig.call('save_note', { body }))).toBe('personal_data');
		rig.entry = undefined;
		expect(sentText(rig)).toBe('');
	});
});
