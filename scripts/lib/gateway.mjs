import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './install.mjs';
import { killTree } from './process.mjs';

/** The command line of the product, as `npm run build` leaves it. */
export const cli = path.join(root, 'dist/cli.cjs');

/** Milliseconds until a gateway has to listen. */
const LISTEN_MS = 20_000;

/**
 * Writes a policy that allows every one of these tools of a server, and nothing of any other.
 *
 * @param {string} file
 * @param {string} server the name that the policy knows the server by
 * @param {readonly string[]} tools
 */
export function writeAllowAll(file, server, tools) {
	const capabilities = Object.fromEntries(tools.map(tool => [`${server}/${tool}`, 'compute.run']));
	mkdirSync(path.dirname(file), { recursive: true });
	// JSON is YAML. Resources of an unreviewed server are reads.
	const rules = { policy_name: 'allow-all', version: 1, capabilities, allow: ['compute.run', 'filesystem.read'] };
	writeFileSync(file, JSON.stringify(rules, null, '\t'));
}

/** Arguments of `gateway` in front of what it starts; of `env` only the names are told. */
export function gatewayArguments({ policy, data, name, listen, command, workspace, env = {} }) {
	const place = listen === undefined ? [] : ['--listen', String(listen)];
	const folder = workspace === undefined ? [] : ['--workspace', workspace];
	const variables = Object.keys(env).flatMap(variable => ['--env', variable]);
	return [
		cli,
		'gateway',
		'--policy',
		policy,
		'--data',
		data,
		'--server-id',
		name,
		...folder,
		...variables,
		...place,
		'--',
		...command,
	];
}

/**
 * Starts the product in front of a stdio server, listening on a free loopback port.
 *
 * @param {{ policy: string, data: string, name: string, command: readonly string[], workspace?: string, cwd?: string,
 *     env?: Record<string, string> }} options `env` is handed on to the server
 * @returns {Promise<{ port: number, path: string, token: string, stderr: () => string, stop: () => Promise<void> }>}
 */
export async function startGateway(options) {
	const token = randomBytes(24).toString('hex');
	const child = spawn(process.execPath, gatewayArguments({ ...options, listen: 0 }), {
		cwd: options.cwd,
		env: { ...process.env, ...options.env, MCP_FIREWALL_TOKEN: token },
		stdio: ['ignore', 'ignore', 'pipe'],
	});
	let stderr = '';
	const stop = () => killTree(child.pid);
	const port = await new Promise((resolve, reject) => {
		const late = setTimeout(() => reject(new Error(`The gateway does not listen:\n${stderr}`)), LISTEN_MS);
		child.stderr.on('data', chunk => {
			stderr += chunk;
			const told = /listening at http:\/\/[^:]+:(\d+)\//.exec(stderr);
			if (told) {
				clearTimeout(late);
				resolve(Number(told[1]));
			}
		});
		child.once('exit', code => {
			clearTimeout(late);
			reject(new Error(`The gateway ended with ${code}:\n${stderr}`));
		});
	}).catch(async error => {
		await stop();
		throw error;
	});
	return { port, path: `/servers/${options.name}/mcp`, token, stderr: () => stderr, stop };
}
