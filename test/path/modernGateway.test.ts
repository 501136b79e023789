import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isJsonObject, type JsonObject } from '../../src/base/json';
import { aPlace, buildCli, fixtureServer, GatewayProcess, journalOf } from './support/gatewayProcess';

const VERSION = '2026-07-28';
const META = {
	'io.modelcontextprotocol/protocolVersion': VERSION,
	'io.modelcontextprotocol/clientCapabilities': { elicitation: {} },
};
const TOKEN = 'a-token-of-the-test-0123456789';
const POLICY = `capabilities: { one/question: compute.run, one/received: compute.run, one/region: compute.run, one/hold: compute.run }
allow: [compute.run]
deny: [client.sampling]
`;

let cli: Awaited<ReturnType<typeof buildCli>>;
beforeAll(async () => {
	cli = await buildCli();
});
afterAll(() => cli.remove());

const start = async (...flags: string[]) => {
	const place = await aPlace(POLICY);
	const server = fixtureServer('modern.mjs');
	const env = { MCP_FIREWALL_TOKEN: TOKEN };
	const gateway = new GatewayProcess({ cli: cli.file, place, server, env, flags: ['--server-id', 'one', ...flags] });
	return { gateway, place };
};
const textIn = (answer: JsonObject): JsonObject => {
	const [content] = (isJsonObject(answer.result) ? answer.result.content : []) as readonly JsonObject[];
	return JSON.parse(content?.text as string) as JsonObject;
};

describe('the gateway speaks 2026-07-28 where its client does', () => {
	it('over HTTP: no initialize, input asked for and given, one upstream, and a trail of it', async () => {
		const { gateway, place } = await start('--listen', '0');
		const [, url] = await gateway.said(/listening at (http:\S+)/);
		let id = 0;
		const post = async (method: string, params: JsonObject = {}, headers: Record<string, string> = {}) => {
			const name = typeof params.name === 'string' ? { 'mcp-name': params.name } : undefined;
			const response = await fetch(url!, {
				method: 'POST',
				headers: {
					'content-type': 'application/json',
					accept: 'application/json, text/event-stream',
					authorization: `Bearer ${TOKEN}`,
					'mcp-protocol-version': VERSION,
					'mcp-method': method,
					...name,
					...headers,
				},
				body: JSON.stringify({ jsonrpc: '2.0', id: ++id, method, params: { ...params, _meta: META } }),
			});
			return { status: response.status, value: (await response.json()) as JsonObject };
		};
		expect(await post('server/discover')).toMatchObject({
			status: 200,
			value: { result: { supportedVersions: [VERSION] } },
		});
		// The schema of the list binds the header, without anybody but the path having kept it.
		await post('tools/list');
		const region = { name: 'region', arguments: { region: 'eu' } };
		expect(await post('tools/call', region)).toMatchObject({ status: 400, value: { error: { code: -32020 } } });
		expect((await post('tools/call', region, { 'mcp-param-region': 'eu' })).status).toBe(200);
		const call = { name: 'question', arguments: { a: 1 } };
		const first = (await post('tools/call', call)).value.result as JsonObject;
		expect(first).toMatchObject({ resultType: 'input_required', requestState: 'state 1' });
		const inputResponses = { name: { action: 'accept', content: { name: 'octocat' } } };
		const second = await post('tools/call', { ...call, inputResponses, requestState: first.requestState! });
		expect(textIn(second.value)).toEqual({ inputResponses, requestState: 'state 1' });
		expect(await post('ping')).toMatchObject({ status: 404, value: { error: { code: -32601 } } });
		expect(await post('tools/call', { name: 'pid', arguments: {} })).toMatchObject({
			status: 200,
			value: { error: { code: -32000 } },
		});
		gateway.child.kill('SIGTERM');
		await gateway.exit;
		const { entries } = await journalOf(place.data);
		const asked = entries.filter(({ method, outcome }) => method === 'elicitation/create' && outcome === 'passed');
		expect(asked).toHaveLength(1);
		expect(entries.some(({ method }) => method === 'initialize')).toBe(false);
	});

	it('over stdio: what the client opens with is handed on, and a stream of notifications has no end', async () => {
		const { gateway } = await start();
		expect(await gateway.request(1, 'server/discover', { _meta: META })).toMatchObject({
			result: { supportedVersions: [VERSION] },
		});
		const params = { notifications: { toolsListChanged: true }, _meta: META };
		gateway.send({ id: 'listen', method: 'subscriptions/listen', params });
		await gateway.inbox.next(({ method }) => method === 'notifications/subscriptions/acknowledged');
		const first = await gateway.request(2, 'tools/call', { name: 'question', arguments: {}, _meta: META });
		const requestState = (first.result as JsonObject).requestState!;
		const more = { inputResponses: { name: { action: 'decline' } }, requestState };
		expect(
			textIn(await gateway.request(3, 'tools/call', { name: 'question', arguments: {}, ...more, _meta: META })),
		).toEqual(more);
		gateway.send({ method: 'notifications/cancelled', params: { requestId: 'listen' } });
		const seen = textIn(await gateway.request(4, 'tools/call', { name: 'received', arguments: {}, _meta: META }));
		expect(JSON.stringify(seen)).toContain('notifications/cancelled');
		expect(await gateway.end()).toBe(0);
		expect(gateway.garbage).toEqual([]);
	});
});
