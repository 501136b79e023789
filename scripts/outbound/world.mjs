// The firewall itself, with a server behind it that takes everything and says "ok".
import { createHash, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { root } from '../lib/install.mjs';

const ENTRY = `
export { Firewall } from './src/firewall/firewall';
export { parsePolicy } from './src/domain/policy/parsePolicy';
export { KnownValues } from './src/domain/inspection/knownValues';
export { SECRET_RULES } from './src/domain/inspection/secretRules';
export { toolDigest } from './src/domain/registry/pin';
export { deepFreeze } from './src/base/json';
`;

/** What is measured, bundled from the sources as they are. */
export async function loadProduct() {
	const folder = mkdtempSync(path.join(tmpdir(), 'outbound-product-'));
	try {
		const outfile = path.join(folder, 'product.mjs');
		await build({
			stdin: { contents: ENTRY, resolveDir: root, loader: 'ts' },
			...{ bundle: true, format: 'esm', platform: 'node', target: 'node20', outfile, logLevel: 'error' },
			alias: { 'jsonc-parser': 'jsonc-parser/lib/esm/main.js' },
			banner: {
				js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
			},
		});
		return await import(pathToFileURL(outfile).href);
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

/** A window with one reviewed server that may be sent what is internal. `send(tool, args)` tells what became of a call. */
export function openWindow(product, { tools, known, ceiling = 'internal' }) {
	const { Firewall, parsePolicy, toolDigest, deepFreeze } = product;
	const load = parsePolicy('allow: ["*"]\n', '/policy.yaml');
	const launch = { kind: 'stdio', command: 'server', args: [], env: [] };
	const pins = tools.map(tool => ({
		name: tool.name,
		digest: toolDigest(tool),
		capability: 'notes.write',
		reviewed: tool,
	}));
	const entry = {
		...{ id: 'server', name: 'server', revision: 1, launch, ceiling, owner: 'me', status: 'approved', tools: pins },
		...{ credentials: [], surface: { prompts: [], resourceTemplates: [] }, reviewedAt: '2026-01-01T00:00:00.000Z' },
	};
	const quiet = {
		trace() {},
		info() {},
		warn() {},
		error(message) {
			if (process.env.DEBUG) console.error(message);
		},
	};
	const ports = {
		clock: { now: () => Date.now(), monotonic: () => performance.now(), schedule: () => ({ dispose() {} }) },
		ids: { uuid: randomUUID, token: () => randomUUID().replaceAll('-', '') },
		logger: quiet,
		trail: { append: async record => record },
		registry: { find: () => entry },
		policy: { current: () => load },
		paths: { realPath: async each => each },
		host: () => ({
			workspaceFolders: ['/work/tides'],
			home: '/home/marvinson',
			platform: 'posix',
			caseInsensitivePaths: false,
		}),
		stop: { stopped: false, onDidStop: () => ({ dispose() {} }) },
		...{ notify() {}, approvalTimeoutMs: () => 1_000, known: () => known },
		digest: bytes => createHash('sha256').update(bytes).digest('hex'),
	};
	const firewall = new Firewall(ports);
	const server = { id: 'server', name: 'server', roots: ['/work/tides'], reviewRequired: true };
	const session = firewall.open(server, { ask: async () => ({ outcome: 'denied' }) }, undefined);
	let id = 0;
	return async (tool, args) => {
		const value = { jsonrpc: '2.0', id: ++id, method: 'tools/call', params: { name: tool, arguments: args } };
		const text = JSON.stringify(value);
		let sent;
		const forward = async (_signal, instead) => {
			sent = instead === undefined ? text : new TextDecoder().decode(instead.bytes);
			const reply = { jsonrpc: '2.0', id, result: { content: [{ type: 'text', text: 'ok' }] } };
			return {
				kind: 'answered',
				message: { bytes: new TextEncoder().encode(JSON.stringify(reply)), value: deepFreeze(reply) },
			};
		};
		const message = { bytes: new TextEncoder().encode(text), value: deepFreeze(JSON.parse(text)) };
		const answer = await session.clientRequest(message, forward, new AbortController().signal);
		const refusal = (answer.kind === 'rewritten' ? answer.value : undefined)?.error?.data;
		return { sent, reason: refusal?.reason, hint: refusal?.hint };
	};
}
