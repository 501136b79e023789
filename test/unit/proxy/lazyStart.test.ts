import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { isJsonObject } from '../../../src/base/json';
import { silentLogger } from '../../../src/base/logger';
import { type Manifest } from '../../../src/domain/registry/manifest';
import { Endpoint } from '../../../src/proxy/face/endpoint';
import { type UpstreamEnd } from '../../../src/proxy/upstream/upstream';
import { exchange } from './httpClient';
import { ids, neverAsked, openPaths, realClock } from './support';

const rpc = (message: object) => JSON.stringify({ jsonrpc: '2.0', ...message });
const launch = { command: join(process.cwd(), 'node_modules/.bin/mcp-server-everything'), args: [], env: {} };

it('the editor lists the tools of a server that it knows before the server is up; a call starts it', async () => {
	const directory = await mkdtemp(join(tmpdir(), 'mf-test-'));
	let kept: Manifest | undefined;
	const started: (UpstreamEnd | undefined)[] = [];
	const endpoint = await Endpoint.open({
		...{ at: { directory }, sessionPaths: openPaths, clock: realClock, ids, logger: silentLogger },
		onUpstream: (_id, end) => started.push(end),
		servers: id => ({
			server: { id, name: id, reviewRequired: true, roots: [] },
			approver: neverAsked,
			launch: () => Promise.resolve(launch),
			manifests: {
				load: () => Promise.resolve(kept),
				save: manifest => (kept = manifest),
				drop: () => (kept = undefined),
			},
		}),
	});
	const address = endpoint.uriFor('everything');
	const open = async () => {
		const began = performance.now();
		const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 't', version: '1' } };
		const hello = await exchange(address, { body: rpc({ id: 0, method: 'initialize', params }) });
		const headers = { 'mcp-session-id': String(hello.headers['mcp-session-id']), accept: undefined };
		await exchange(address, { headers, body: rpc({ method: 'notifications/initialized' }) });
		const list = await exchange(address, { headers, body: rpc({ id: 1, method: 'tools/list' }) });
		return { hello: hello.body, list: list.body, headers, ms: performance.now() - began };
	};
	const call = (headers: object, id: number) =>
		exchange(address, {
			headers: { ...headers },
			body: rpc({ id, method: 'tools/call', params: { name: 'echo', arguments: { message: 'hi' } } }),
		});
	try {
		const before = await open();
		expect(started).toEqual([undefined]);
		expect(kept).toBeDefined();
		const after = await open();
		expect(started).toEqual([undefined]);
		const resultOf = (body: string) => JSON.stringify((JSON.parse(body) as { result: unknown }).result);
		expect(resultOf(after.hello) === resultOf(before.hello)).toBe(true);
		expect(resultOf(after.list) === resultOf(before.list)).toBe(true);
		const [answer] = await Promise.all([call(after.headers, 2), call(after.headers, 3)]);
		const value = JSON.parse(answer.body) as unknown;
		expect(isJsonObject(value) && value.result).toMatchObject({ content: [{ text: 'Echo: hi' }] });
		expect(started).toEqual([undefined, undefined]);
		expect(after.ms).toBeLessThan(before.ms);
		process.stdout.write(
			`initialize to tools/list: ${before.ms.toFixed(0)} ms with the process, ${after.ms.toFixed(1)} ms without
`,
		);
	} finally {
		await endpoint.close({ afterClose: 0, afterTerm: 0 });
		await rm(directory, { recursive: true });
	}
});
