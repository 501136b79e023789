import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { killTree } from './process.mjs';

/** Milliseconds until a server has to answer. */
const ANSWER_MS = 30_000;
/** Milliseconds until a server whose input was closed has to be gone. */
const STOP_MS = 4000;

/**
 * A client over the stdio of a server, as raw as can be: it keeps the line of each answer as it came.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv }} [options]
 */
export function stdioPeer(command, args, options = {}) {
	const child = spawn(command, args, { ...options, stdio: ['pipe', 'pipe', 'ignore'] });
	const waiting = new Map();
	let rest = '';
	let last = 0;
	let over;
	child.stdin.on('error', () => {});
	child.stdout.setEncoding('utf8');
	child.stdout.on('data', chunk => {
		const lines = (rest + chunk).split('\n');
		rest = lines.pop();
		for (const line of lines) read(line);
	});
	child.once('error', error => settleAll(error));
	child.once('exit', code => settleAll(new Error(`${command} ${args.join(' ')} ended with ${code}`)));

	function read(line) {
		let message;
		try {
			message = JSON.parse(line);
		} catch {
			return;
		}
		if (message.method === undefined) {
			waiting.get(message.id)?.resolve(line);
			waiting.delete(message.id);
		} else if (message.id !== undefined) {
			// The same answer from every client that compares.
			const answer =
				message.method === 'roots/list'
					? { result: { roots: [] } }
					: { error: { code: -32601, message: 'not offered' } };
			write({ jsonrpc: '2.0', id: message.id, ...answer });
		}
	}

	function settleAll(error) {
		over = error;
		for (const { reject } of waiting.values()) reject(error);
		waiting.clear();
	}

	function write(message) {
		child.stdin.write(`${JSON.stringify(message)}\n`);
	}

	/** The line that answers a request. */
	function call(method, params = {}) {
		if (over !== undefined) return Promise.reject(over);
		const id = ++last;
		return new Promise((resolve, reject) => {
			const late = setTimeout(() => reject(new Error(`no answer to ${method}`)), ANSWER_MS);
			const settle = done => value => {
				clearTimeout(late);
				done(value);
			};
			waiting.set(id, { resolve: settle(resolve), reject: settle(reject) });
			write({ jsonrpc: '2.0', id, method, params });
		});
	}

	return {
		call,
		notify: method => write({ jsonrpc: '2.0', method }),
		async stop() {
			child.stdin.end();
			if (over === undefined)
				await once(child, 'exit', { signal: AbortSignal.timeout(STOP_MS) }).catch(() => killTree(child.pid));
		},
	};
}

/** `initialize` as every client of the tests sends it. */
export const introduction = {
	protocolVersion: '2025-11-25',
	capabilities: { roots: {} },
	clientInfo: { name: 'mcp-firewall-tests', version: '1' },
};

/** Names of the tools that a stdio server lists. */
export async function toolNames(command, args, options) {
	const peer = stdioPeer(command, args, options);
	try {
		await peer.call('initialize', introduction);
		peer.notify('notifications/initialized');
		return JSON.parse(await peer.call('tools/list')).result.tools.map(({ name }) => name);
	} finally {
		await peer.stop();
	}
}
