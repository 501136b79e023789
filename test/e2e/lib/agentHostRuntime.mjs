// The harness inside VS Code's Agent Host: the Copilot runtime that the editor ships, with a model that is a script (one call of
// one tool, then the end) in place of an account. Run with the Node that the editor wants:
//   node agentHostRuntime.mjs SDK '{"servers":{…},"tool":"…","arguments":{…},"folder":"…"}'
// `servers` is what Agent Host makes of a definition's launch (1.139: `{ type: 'local', command, args, tools, env }`). Prints one
// line of JSON: what became of the servers, the tools that the model was offered, and what the tool gave.
import { createServer } from 'node:http';

const [sdk, text] = process.argv.slice(2);
const { servers, tool, arguments: args, folder } = JSON.parse(text);
const { CopilotClient } = await import(sdk);
const seen = { servers: {}, offered: [], result: undefined };

let called = false;
const model = createServer((request, response) => {
	let body = '';
	request.on('data', chunk => (body += chunk));
	request.on('end', () => {
		const { tools = [], messages = [], stream } = JSON.parse(body || '{}');
		const names = tools.map(each => each.function?.name);
		const wanted = names.find(name => name?.endsWith(tool));
		seen.offered = names.filter(name => Object.keys(servers).some(server => name?.startsWith(`${server}-`)));
		const last = messages.at(-1);
		if (last?.role === 'tool') seen.result = last.content;
		const call = !called && wanted !== undefined;
		called ||= call;
		const functionCall = { name: wanted, arguments: JSON.stringify(args) };
		const calls = [{ index: 0, id: 'call_1', type: 'function', function: functionCall }];
		const delta = call ? { role: 'assistant', tool_calls: calls } : { role: 'assistant', content: 'done' };
		const end = call ? 'tool_calls' : 'stop';
		const common = { id: 'x', created: 1, model: 'scripted' };
		if (!stream) {
			const choices = [{ index: 0, message: delta, finish_reason: end }];
			response.writeHead(200, { 'content-type': 'application/json' });
			response.end(JSON.stringify({ ...common, object: 'chat.completion', choices }));
			return;
		}
		response.writeHead(200, { 'content-type': 'text/event-stream' });
		for (const choice of [
			{ index: 0, delta, finish_reason: null },
			{ index: 0, delta: {}, finish_reason: end },
		]) {
			const chunk = { ...common, object: 'chat.completion.chunk', choices: [choice] };
			response.write(`data: ${JSON.stringify(chunk)}\n\n`);
		}
		response.end('data: [DONE]\n\n');
	});
});
await new Promise(resolve => model.listen(0, '127.0.0.1', resolve));
const client = new CopilotClient({ useLoggedInUser: false, logLevel: 'error', env: process.env });
await client.start();
const session = await client.createSession({
	model: 'scripted',
	provider: { type: 'openai', baseUrl: `http://127.0.0.1:${model.address().port}/v1`, apiKey: 'none' },
	mcpServers: servers,
	workingDirectory: folder,
	onPermissionRequest: () => ({ kind: 'approve-once' }),
});
session.on(({ type, data }) => {
	if (type === 'session.mcp_server_status_changed') seen.servers[data.serverName] = data.error ?? data.status;
});
await session.sendAndWait({ prompt: `use ${tool}` }, 90_000);
console.log(JSON.stringify(seen));
await client.stop();
process.exit(0);
