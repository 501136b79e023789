import { execFileSync, execSync, spawnSync } from 'node:child_process';
import {
	cpSync,
	existsSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	statSync,
	writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lacks } from '../unit/support/machine';

const root = process.cwd();
const scratch = mkdtempSync(join(tmpdir(), 'guard-tarball-'));
const consumer = join(scratch, 'consumer');
const installed = join(consumer, 'node_modules/mcp-firewall');
let tarball = '';
const isWindows = lacks('posix', 'npm is started by a shell');

const run = (cwd: string, command: string, ...args: string[]) =>
	execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
/** On Windows npm is a batch file, which only a shell starts. */
const npm = (cwd: string, ...args: string[]) =>
	isWindows
		? execSync(['npm', ...args.map(arg => `"${arg}"`)].join(' '), { cwd, encoding: 'utf8', stdio: 'pipe' })
		: run(cwd, 'npm', ...args);
const node = (cwd: string, ...args: string[]) => run(cwd, process.execPath, ...args);

/** `npm pack` writes package.json for a moment: it does so in a copy, which needs what it looks at and no more. */
beforeAll(() => {
	if (!existsSync(join(root, 'dist/guard.mjs'))) node(root, 'esbuild.mjs', '--minify');
	node(root, 'scripts/guardTypes.mjs');
	const copy = join(scratch, 'copy');
	mkdirSync(join(copy, 'scripts'), { recursive: true });
	const needed = [
		'package.json',
		'package.nls.json',
		'.npmignore',
		'README.md',
		'LICENSE',
		'SECURITY.md',
		'dist',
		'src',
	];
	for (const name of [
		...needed,
		'media',
		'test/fixtures',
		'scripts/npmPackage.mjs',
		'node_modules/@types/node/package.json',
	]) {
		cpSync(join(root, name), join(copy, name), { recursive: true });
	}
	const before = readFileSync(join(copy, 'package.json'), 'utf8');
	npm(copy, 'pack', '--pack-destination', scratch);
	expect(readFileSync(join(copy, 'package.json'), 'utf8')).toBe(before);
	tarball = join(
		scratch,
		readdirSync(scratch).find(name => name.endsWith('.tgz'))!,
	);
	mkdirSync(consumer);
	writeFileSync(join(consumer, 'package.json'), '{"name":"consumer","private":true}');
	npm(consumer, 'install', '--offline', '--no-audit', '--no-fund', '--omit=dev', tarball);
}, 180_000);

afterAll(() => {
	rmSync(scratch, { recursive: true, force: true });
});

describe('mcp-firewall/guard, installed from the tarball, without a network', () => {
	it('holds the guard, the command and their texts: no sources, no tests, no panel', () => {
		const files = (readdirSync(installed, { recursive: true }) as string[]).filter(name =>
			statSync(join(installed, name)).isFile(),
		);
		expect(files.filter(name => !name.startsWith('dist/types/')).sort()).toEqual(
			[
				...[
					'LICENSE',
					'README.md',
					'SECURITY.md',
					'package.json',
					'dist/cli.cjs',
					'dist/connect.cjs',
					'dist/core.cjs',
				],
				...[
					'dist/extension.cjs',
					'dist/guard.cjs',
					'dist/guard.mjs',
					'dist/signIn.cjs',
					'dist/sql-wasm.wasm.br',
				],
				...['dist/sql.cjs', 'dist/verify-trail.cjs'],
			].sort(),
		);
		expect(statSync(tarball).size).toBeLessThan(2_000_000);
		expect(readdirSync(join(consumer, 'node_modules')).filter(name => !name.startsWith('.'))).toEqual([
			'mcp-firewall',
		]);
	});

	it('needs nothing to be installed beside it', () => {
		const manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as Record<string, unknown>;
		expect(manifest).not.toHaveProperty('dependencies');
		expect(manifest).not.toHaveProperty('scripts');
		expect(manifest).toMatchObject({ private: true, description: expect.stringMatching(/^[^%]/) as string });
	});

	const use = `
		const keys = await generateServerKeypair();
		const records = [];
		const run = guard({ requireBadge: true, toolName: 't', evidence: record => void records.push(record) }, () => 1);
		const error = await run().catch(error => error);
		console.log(JSON.stringify({
			refused: error instanceof GuardError && error.reason,
			evidence: records[0]['capiscio.deny_reason'],
			did: keys.didKey.slice(0, 12),
			hash: computeParamsHash({}),
			meta: parseJsonrpcMeta({ capiscio_server_did: 'did:web:a.example' }).serverDid,
		}));
	`;
	const names = 'computeParamsHash, generateServerKeypair, guard, GuardError, parseJsonrpcMeta';
	const expected = {
		...{ refused: 'badge_missing', evidence: 'TOOL_AUTH_MISSING', did: 'did:key:z6Mk', meta: 'did:web:a.example' },
		hash: 'sha256:RBNvo1WzZ4oRRq0W9-hknpT7T8If536DEMBg9hyq_4o',
	};

	it.each([
		['an ECMAScript module', 'use.mjs', `import { ${names} } from 'mcp-firewall/guard';\n${use}`],
		['CommonJS', 'use.cjs', `const { ${names} } = require('mcp-firewall/guard');\n(async () => {${use}})();`],
	])('runs in %s', (_, file, source) => {
		writeFileSync(join(consumer, file), source);
		expect(JSON.parse(node(consumer, file))).toEqual(expected);
	});

	it('is one guard for both: an error of one is an error of the other', () => {
		writeFileSync(
			join(consumer, 'both.mjs'),
			`import { createRequire } from 'node:module';
			import { GuardError } from 'mcp-firewall/guard';
			console.log(createRequire(import.meta.url)('mcp-firewall/guard').GuardError === GuardError);`,
		);
		expect(node(consumer, 'both.mjs').trim()).toBe('true');
	});

	it('the command runs too', () => {
		const told = spawnSync(process.execPath, [join(installed, 'dist/cli.cjs')], {
			cwd: consumer,
			encoding: 'utf8',
		});
		expect(told.stdout + told.stderr).toContain('gateway --policy FILE');
	});

	it.each(['node16', 'bundler'])(
		'strict TypeScript compiles against it, and holds its users to it (%s)',
		resolution => {
			writeFileSync(
				join(consumer, 'use.mts'),
				`import { guard, guardedServer, guardSync, GuardError, setupServerIdentity, verifyServer, type GuardConfig, type McpServerLike } from 'mcp-firewall/guard';
			const config: GuardConfig = { minTrustLevel: 2, trustedIssuers: ['https://registry.capisc.io'], allowedTools: ['read_*'], requireBadge: true, policyVersion: 'v1.0' };
			const read = guard({ ...config, toolName: 'read' }, async (query: string) => [query]);
			const rows: Promise<string[]> = read('q');
			const one: number = guardSync(config, function plus(n: number) { return n + 1; })(1);
			// @ts-expect-error: no such level
			guard({ minTrustLevel: 5 }, () => 1);
			// @ts-expect-error: no such member
			guard({ min_trust_level: 2 }, () => 1);
			// @ts-expect-error: the arguments are those of the handler
			void read(7);
			declare const mcp: McpServerLike;
			const text: { readonly _zod: { readonly output: string } } = { _zod: { output: '' } };
			guardedServer(mcp, config).registerTool('write', { inputSchema: { text }, minTrustLevel: 3 }, ({ text: body }, extra) => {
				const given: string = body;
				return { content: [{ type: 'text', text: given + String(extra.requestId) }] };
			});
			export { rows, one, setupServerIdentity, verifyServer, GuardError };`,
			);
			const strict = [
				'--strict',
				'--exactOptionalPropertyTypes',
				'--noUncheckedIndexedAccess',
				'--verbatimModuleSyntax',
			];
			const modules = resolution === 'node16' ? ['--module', 'node16'] : ['--module', 'esnext'];
			const { stdout } = spawnSync(
				process.execPath,
				[
					...[join(root, 'node_modules/typescript/bin/tsc'), '--noEmit', '--skipLibCheck', 'false'],
					...['--target', 'es2022', '--lib', 'es2023,dom', '--moduleResolution', resolution, ...modules],
					...[...strict, 'use.mts'],
				],
				{ cwd: consumer, encoding: 'utf8' },
			);
			expect(stdout).toBe('');
		},
		120_000,
	);
});
