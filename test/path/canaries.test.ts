import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type JsonObject, walkStrings } from '../../src/base/json';
import { type Ceiling } from '../../src/domain/registry/serverEntry';
import { type ToolDescriptor } from '../../src/domain/registry/toolDescriptor';
import { GuardedProcess } from './support/guardedProcess';

const string = { type: 'string' };
const SAVE: ToolDescriptor = {
	name: 'save_note',
	inputSchema: {
		type: 'object',
		properties: {
			title: string,
			body: string,
			more: { type: 'array', items: string },
			tags: { type: 'array', items: { type: 'object', properties: { name: string } } },
		},
	},
};
const HOME = '/home/marvinson';
const start = (ceiling: Ceiling) =>
	GuardedProcess.open({
		tools: [[SAVE, 'notes.write']],
		entry: { ceiling },
		policy: 'allow: ["*"]\n',
		home: HOME,
	});

/** Made up; none of them opens anything. */
const SECRETS: Readonly<Record<string, string>> = {
	'AWS key': 'AKIAQ7EXAMPLE2CANARY',
	'AWS secret': 'aws_secret_access_key = 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',
	PEM: `-----BEGIN PRIVATE KEY-----\nMIIEvCANARY${'A1b2'.repeat(16)}\n-----END PRIVATE KEY-----`,
	'.env line': 'DB_PASSWORD=hunter2canarytail',
	'GitHub token': `ghp_${'c4nA'.repeat(9)}`,
};
const OWN: Readonly<Record<string, string>> = { 'home path': `${HOME}/projects/tides`, 'user name': 'marvinson' };

/** The ways in which a client may put a text into arguments. */
const WAYS: Readonly<Record<string, (text: string) => JsonObject>> = {
	plain: text => ({ title: 'a', body: text }),
	'in prose': text => ({ body: `As you asked, here it is: ${text} and that is all.` }),
	'in a list': text => ({ more: ['x', text] }),
	'in an object of a list': text => ({ tags: [{ name: text }] }),
	base64: text => ({ body: Buffer.from(text).toString('base64') }),
	'base64 within a text': text => ({ body: Buffer.from(`note: ${text}, thanks`).toString('base64url') }),
	'base64 twice': text => ({ body: Buffer.from(Buffer.from(text).toString('base64')).toString('base64') }),
	hex: text => ({ body: Buffer.from(text).toString('hex') }),
	'url-encoded': text => ({ body: encodeURIComponent(text) }),
	'url-encoded in full': text => ({ body: [...Buffer.from(text)].map(byte => `%${byte.toString(16)}`).join('') }),
	'split over two': text => ({ title: text.slice(0, text.length >> 1), body: text.slice(text.length >> 1) }),
	'split over a list': text => ({ more: [text.slice(0, 5), text.slice(5, 9), text.slice(9)] }),
	undeclared: text => ({ title: 'a', context: text }),
	'undeclared, nested': text => ({ tags: [{ name: 'a', history: [text] }] }),
};

/** The texts by which the arguments carry the canary, as they would stand in the bytes that the server receives. */
function traces(args: JsonObject): readonly string[] {
	const found: string[] = [];
	walkStrings(args, text => {
		if (text.length >= 4) {
			found.push(JSON.stringify(text).slice(1, -1));
		}
	});
	return found;
}

async function leaks(canaries: Readonly<Record<string, string>>, ceiling: Ceiling): Promise<readonly string[]> {
	const guarded = await start(ceiling);
	const leaked: string[] = [];
	let seen = (await guarded.received()).length;
	for (const [kind, text] of Object.entries(canaries)) {
		for (const [way, place] of Object.entries(WAYS)) {
			await guarded.call('save_note', place(text));
			const all = await guarded.received();
			if (traces(place(text)).some(trace => all.slice(seen).includes(trace))) {
				leaked.push(`${kind}, ${way}`);
			}
			seen = all.length;
		}
	}
	return leaked;
}

describe('E4, C4: what the fixture received', () => {
	it('no secret reached a server that may be sent what is internal', { timeout: 60_000 }, async () => {
		expect(await leaks(SECRETS, 'internal')).toEqual([]);
	});

	it(
		'neither the home folder nor the name of its owner reached a server that may be sent what is public',
		{ timeout: 60_000 },
		async () => {
			expect(await leaks(OWN, 'public')).toEqual([]);
		},
	);

	it('a server with a higher ceiling gets them, so the test sees leaks; what is not declared it never gets', async () => {
		const leaked = await leaks({ ...SECRETS, ...OWN }, 'secret');
		const declared = Object.keys(WAYS).filter(way => !way.startsWith('undeclared'));
		const all = Object.keys({ ...SECRETS, ...OWN }).flatMap(kind => declared.map(way => `${kind}, ${way}`));
		expect(leaked).toEqual(all);
	});

	it('honest calls are not held back: false blocks, counted', { timeout: 60_000 }, async () => {
		const calls = JSON.parse(
			readFileSync(new URL('../fixtures/benignCalls.json', import.meta.url), 'utf8'),
		) as JsonObject[];
		for (const ceiling of ['public', 'internal'] as const) {
			const guarded = await start(ceiling);
			const blocked: JsonObject[] = [];
			for (const call of calls) {
				const answer = await guarded.call('save_note', call);
				const refusal = answer.error as { readonly data: JsonObject } | undefined;
				// A built-in protection asks about places such as /usr/local/bin; that is not the filter's doing.
				if (refusal?.data.reason === 'above_sensitivity') {
					blocked.push(call);
				}
			}
			process.stdout.write(
				`E4: ceiling ${ceiling}: ${String(blocked.length)} of ${String(calls.length)} honest calls blocked\n`,
			);
			expect(calls.length).toBeGreaterThanOrEqual(100);
			expect(blocked).toEqual([]);
		}
	});
});
