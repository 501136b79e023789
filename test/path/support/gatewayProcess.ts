import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, onTestFinished } from 'vitest';
import { type JsonObject } from '../../../src/base/json';
import { type AuditEntry } from '../../../src/domain/audit/auditRecord';
import { Inbox } from '../../unit/proxy/support';
import { environmentAt } from '../../unit/support/machine';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** The command line, built from the sources into a folder of its own as esbuild.mjs builds it, beside the policies; `dist/` stays as it is. */
export async function buildCli(): Promise<{ readonly file: string; remove(): Promise<void> }> {
	const folder = await mkdtemp(join(tmpdir(), 'mcp-firewall-cli-'));
	const file = join(folder, 'dist', 'cli.cjs');
	await cp(join(root, 'policies'), join(folder, 'policies'), { recursive: true });
	await build({
		absWorkingDir: root,
		entryPoints: ['src/cli.ts'],
		outfile: file,
		bundle: true,
		platform: 'node',
		format: 'cjs',
		target: 'node20',
		alias: { 'jsonc-parser': 'jsonc-parser/lib/esm/main.js' },
		logLevel: 'error',
	});
	return { file, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** {@link buildCli} for the tests of one file, which are given the program; it is removed after them. */
export async function cliForTests(): Promise<string> {
	const built = await buildCli();
	afterAll(() => built.remove());
	return built.file;
}

/** A server of `test/fixtures/servers` as a command line. */
export function fixtureServer(name: string, ...args: string[]): string[] {
	return [process.execPath, join(root, 'test/fixtures/servers', name), ...args];
}

/** An npm package's server as a command line. */
export function packagedServer(name: string, ...args: string[]): string[] {
	return [process.execPath, join(root, 'node_modules', name, 'dist/index.js'), ...args];
}

/** Folders for one test: a workspace with a readme, a place for data, and a policy file. */
export interface Place {
	readonly folder: string;
	readonly workspace: string;
	readonly data: string;
	readonly policy: string;
}

/** Makes a place with this policy; it goes with the test. */
export async function aPlace(policy: string): Promise<Place> {
	const folder = await realpath(await mkdtemp(join(tmpdir(), 'mcp-firewall-gateway-')));
	onTestFinished(() => rm(folder, { recursive: true, force: true }));
	const place = {
		folder,
		workspace: join(folder, 'ws'),
		data: join(folder, 'data'),
		policy: join(folder, 'policy.yaml'),
	};
	await mkdir(place.workspace);
	await writeFile(join(place.workspace, 'readme.md'), 'hello from the workspace');
	await writeFile(place.policy, policy);
	return place;
}

/** How a gateway is started. */
export interface GatewayStart {
	readonly cli: string;
	readonly place: Place;
	/** The server's command line. */
	readonly server: readonly string[];
	readonly flags?: readonly string[];
	readonly env?: Readonly<Record<string, string>>;
}

/** The arguments of `node` that start a gateway. */
export function gatewayArgs({ cli, place, server, flags = [] }: GatewayStart): string[] {
	const { policy, data, workspace } = place;
	return [cli, 'gateway', '--policy', policy, '--data', data, '--workspace', workspace, ...flags, '--', ...server];
}

/** A running gateway, spoken to line by line. */
export class GatewayProcess {
	readonly inbox = new Inbox();
	/** Lines of its stdout that were no JSON: there must be none. */
	readonly garbage: string[] = [];
	stderr = '';
	readonly exit: Promise<number | null>;
	readonly child: ChildProcessWithoutNullStreams;
	private listeners: (() => void)[] = [];

	constructor(start: GatewayStart) {
		this.child = spawn(process.execPath, gatewayArgs(start), {
			cwd: start.place.workspace,
			env: { ...environmentAt(start.place.folder), ...start.env },
		});
		let rest = '';
		this.child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
			const lines = (rest + chunk).split('\n');
			rest = lines.pop() ?? '';
			lines.forEach(line => this.take(line));
		});
		this.child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
			this.stderr += chunk;
			this.listeners.forEach(check => check());
		});
		this.child.stdin.on('error', () => undefined);
		this.exit = new Promise(resolve => this.child.once('close', resolve));
		onTestFinished(async () => {
			this.child.kill('SIGKILL');
			await this.exit;
		});
	}

	raw(text: string | Uint8Array): void {
		this.child.stdin.write(text);
	}

	send(message: JsonObject): void {
		this.raw(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
	}

	/** Sends a request; resolves with its answer. */
	async request(id: number | string, method: string, params: JsonObject = {}): Promise<JsonObject> {
		this.send({ id, method, params });
		return this.inbox.answerTo(id);
	}

	call(id: number | string, name: string, args: JsonObject): Promise<JsonObject> {
		return this.request(id, 'tools/call', { name, arguments: args });
	}

	async initialize(capabilities: JsonObject = {}): Promise<JsonObject> {
		const clientInfo = { name: 'test', version: '1' };
		const answer = await this.request('hello', 'initialize', {
			protocolVersion: '2025-11-25',
			capabilities,
			clientInfo,
		});
		this.send({ method: 'notifications/initialized' });
		return answer;
	}

	/** Resolves with the first match in what it says on stderr. */
	said(pattern: RegExp): Promise<RegExpExecArray> {
		return new Promise(resolve => {
			const check = () => {
				const match = pattern.exec(this.stderr);
				if (match !== null) {
					resolve(match);
				}
			};
			this.listeners.push(check);
			check();
		});
	}

	/** Closes its input; resolves with its exit code. */
	end(): Promise<number | null> {
		this.child.stdin.end();
		return this.exit;
	}

	private take(line: string): void {
		try {
			this.inbox.take(Buffer.from(line));
		} catch {
			this.garbage.push(line);
		}
	}
}

/** What one command printed and returned. */
export interface Ran {
	readonly code: number | null;
	readonly stdout: string;
	readonly stderr: string;
}

/** Runs the command line to its end, without input. */
export function runCli(cli: string, args: readonly string[], cwd = tmpdir()): Promise<Ran> {
	const child = spawn(process.execPath, [cli, ...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
	const ran = { stdout: '', stderr: '' };
	child.stdout.setEncoding('utf8').on('data', (chunk: string) => (ran.stdout += chunk));
	child.stderr.setEncoding('utf8').on('data', (chunk: string) => (ran.stderr += chunk));
	return new Promise(resolve => child.once('close', code => resolve({ ...ran, code })));
}

/** The journal of a gateway that has ended: its only file. */
export async function journalOf(
	data: string,
): Promise<{ readonly file: string; readonly entries: readonly AuditEntry[] }> {
	const [name] = await readdir(join(data, 'trail'));
	const file = join(data, 'trail', name ?? '');
	const text = await readFile(file, 'utf8');
	const entries = text
		.split('\n')
		.slice(0, -1)
		.map(line => JSON.parse(line) as AuditEntry);
	return { file, entries };
}
