/**
 * The client under test: a small one, built on the SDK, that speaks to our gateway over stdio and knows nothing of HTTP or
 * OAuth. Run by the suite as `client.mjs GATEWAY POLICIES URL`; the scenario is in the environment.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js';

const [gateway, policies, url] = process.argv.slice(2);
const scenario = process.env.MCP_CONFORMANCE_SCENARIO ?? '';
const data = await mkdtemp(join(tmpdir(), 'mcp-firewall-conformance-'));

const client = new Client(
	{ name: 'conformance-client', version: '1.0.0' },
	{ capabilities: { elicitation: { form: { applyDefaults: true } } } },
);
client.setRequestHandler(ElicitRequestSchema, () => ({ action: 'accept', content: {} }));
const transport = new StdioClientTransport({
	command: process.execPath,
	args: [gateway, url, data, policies],
	env: process.env,
	stderr: 'inherit',
});

const CALLS = {
	initialize: undefined,
	tools_call: { name: 'add_numbers', arguments: { a: 5, b: 3 } },
	'elicitation-sep1034-client-defaults': { name: 'test_client_elicitation_defaults', arguments: {} },
	'sse-retry': { name: 'test_reconnection', arguments: {} },
};

try {
	await client.connect(transport);
	await client.listTools();
	const call = scenario in CALLS ? CALLS[scenario] : { name: 'test-tool', arguments: {} };
	if (call !== undefined) {
		await client.callTool(call);
	}
} catch (error) {
	console.error(`${scenario}: ${error.message}`);
	process.exitCode = 1;
} finally {
	await client.close();
	await rm(data, { recursive: true, force: true });
}
