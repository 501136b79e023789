import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type JsonObject } from '../../../src/base/json';
import { listTools } from '../../../src/proxy/inspectServer';
import { BASE } from '../../path/support/rugPull';
import { realClock } from './support';

const server = fileURLToPath(new URL('../../fixtures/servers/rugPull.mjs', import.meta.url));

async function surfaceOf(state: JsonObject) {
	const folder = await mkdtemp(join(tmpdir(), 'mf-inspect-'));
	onTestFinished(() => rm(folder, { recursive: true, force: true }));
	const file = join(folder, 'state.json');
	await writeFile(file, JSON.stringify(state));
	const launch = { command: process.execPath, args: [server, file], env: {} };
	const options = { clock: realClock, clientInfo: { name: 't', version: '1' } };
	return listTools(launch, options, new AbortController().signal);
}

const namesIn = (list: string) => (BASE[list] as readonly JsonObject[]).map(({ name }) => name);

describe('C1: the whole surface of a server, for review', () => {
	it('name, version, instructions, tools, prompts, templates, with pages', async () => {
		const surface = await surfaceOf({ ...BASE, pageSize: 1 });
		expect(surface).toMatchObject({
			...{ serverInfo: BASE.serverInfo, instructions: BASE.instructions, protocolVersion: '2025-11-25' },
		});
		expect(surface.tools.map(({ name }) => name)).toEqual(namesIn('tools'));
		expect(surface.prompts.map(({ key }) => key)).toEqual(namesIn('prompts'));
		expect(surface.prompts[0]?.text).toEqual((BASE.prompts as readonly JsonObject[])[0]);
		expect(surface.resourceTemplates.map(({ key }) => key)).toEqual(['note:///{id}', 'log:///{day}']);
	});

	it('MCP 2026-07-28: a server that knows no initialize says the same by server/discover', async () => {
		const legacy = await surfaceOf(BASE);
		const modern = await surfaceOf({ ...BASE, errors: { initialize: -32601, ping: -32601 } });
		expect(modern).toEqual({ ...legacy, protocolVersion: '2026-07-28' });
	});

	it('a server without prompts and resources is not asked for them; one that says so in vain has none', async () => {
		const errors = { 'prompts/list': -32603, 'resources/templates/list': -32603 };
		const none = await surfaceOf({ ...BASE, capabilities: { tools: {} }, errors });
		expect([none.prompts, none.resourceTemplates]).toEqual([[], []]);
		const unknown = { 'prompts/list': -32601, 'resources/templates/list': -32601 };
		const vain = await surfaceOf({ ...BASE, errors: unknown });
		expect([vain.prompts, vain.resourceTemplates]).toEqual([[], []]);
	});

	it('what cannot be read whole is not reviewed', async () => {
		await expect(surfaceOf({ ...BASE, errors: { 'prompts/list': -32603 } })).rejects.toMatchObject({
			code: 'upstream-failed',
			message: expect.stringContaining('The server refused prompts/list: ') as string,
		});
		const raw = { 'prompts/list': '{"prompts":[{"name":"p"}],"nextCursor":"again"}' };
		await expect(surfaceOf({ ...BASE, raw })).rejects.toThrow('more prompts than can be reviewed');
	});

	it('a prompt that is listed twice is reviewed once, as it stands first', async () => {
		const prompts = [...(BASE.prompts as readonly JsonObject[]), { name: 'summarise', description: 'Other.' }];
		const { prompts: read } = await surfaceOf({ ...BASE, prompts, pageSize: 1 });
		expect(read.map(({ text }) => text.description)).toEqual(['Summarises a note.', 'Translates a note.']);
	});
});
