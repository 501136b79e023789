// Echo servers and the minimal bridge: what the proxies are measured against. Raw JSON-RPC loops without an SDK, so that
// the server does not hide the hop. node echo.mjs stdio | http PORT | bridge AT -- COMMAND ARGS…
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { eachLine } from './lines.mjs';

const [role, ...args] = process.argv.slice(2);
const NEWLINE = Buffer.from('\n');
const TOOL = {
	name: 'echo',
	description: 'Gives back its message.',
	inputSchema: { type: 'object', properties: { message: { type: 'string' } }, required: ['message'] },
};

/** Another text of the same length: what a proxy has learned of the arguments says nothing about the answer. */
function turned(text) {
	return text.slice(1) + text.slice(0, 1);
}

/** The answer to a message; undefined for notifications. */
function answerTo({ id, method, params }) {
	if (id === undefined) {
		return undefined;
	}
	const reply = result => JSON.stringify({ jsonrpc: '2.0', id, result });
	switch (method) {
		case 'initialize':
			return reply({
				protocolVersion: params.protocolVersion,
				capabilities: { tools: {} },
				serverInfo: { name: 'echo', version: '1.0.0' },
			});
		case 'tools/list':
			return reply({ tools: [TOOL] });
		case 'tools/call':
			return reply({ content: [{ type: 'text', text: turned(params.arguments.message) }] });
		default:
			return reply({});
	}
}

function stdioServer() {
	const answer = line => {
		const text = answerTo(JSON.parse(line));
		if (text !== undefined) {
			process.stdout.write(`${text}\n`);
		}
	};
	eachLine(process.stdin, answer, () => process.exit(0));
}

function listen(handle, at) {
	const server = createServer((request, response) => {
		const chunks = [];
		request.on('data', chunk => chunks.push(chunk));
		request.on('end', () => handle(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks), response));
	});
	server.keepAliveTimeout = 600_000;
	server.listen(/^\d+$/.test(at) ? { port: Number(at), host: '127.0.0.1' } : { path: at });
}

function send(response, body) {
	response.writeHead(200, {
		'content-type': 'application/json',
		'content-length': body.length,
		'mcp-session-id': 'bench',
	});
	response.end(body);
}

function httpServer(at) {
	listen((body, response) => {
		const text = answerTo(JSON.parse(body));
		if (text === undefined) {
			response.writeHead(202).end();
		} else {
			send(response, Buffer.from(text));
		}
	}, at);
}

/** The least that a Streamable HTTP face on a stdio server can do: parse, pair by id, hand on the bytes. */
function bridge(at, command) {
	const child = spawn(command[0], command.slice(1), { stdio: ['pipe', 'pipe', 'inherit'] });
	child.on('exit', () => process.exit(0));
	process.once('SIGTERM', () => child.stdin.end());
	const waiting = new Map();
	eachLine(child.stdout, line => {
		const { id } = JSON.parse(line);
		const response = waiting.get(id);
		waiting.delete(id);
		if (response !== undefined) {
			send(response, line);
		}
	});
	listen((body, response) => {
		const { id, method } = JSON.parse(body);
		if (id === undefined || method === undefined) {
			response.writeHead(202).end();
		} else {
			waiting.set(id, response);
		}
		child.stdin.cork();
		child.stdin.write(body);
		child.stdin.write(NEWLINE);
		child.stdin.uncork();
	}, at);
}

if (role === 'stdio') {
	stdioServer();
} else if (role === 'http') {
	httpServer(args[0]);
} else if (role === 'bridge') {
	bridge(args[0], args.slice(args.indexOf('--') + 1));
}
