import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type JsonObject } from '../../../src/base/json';
import { decide } from '../../../src/domain/policy/decide';
import { parsePolicy } from '../../../src/domain/policy/parsePolicy';
import { carriesGitOption } from '../../../src/domain/policy/revisionPaths';
import { runs } from '../support/runs';
import { type Call, disk, factsOf, verdictOf } from './support';

const preset = (name: string) => readFileSync(new URL(`../../../policies/${name}.yaml`, import.meta.url), 'utf8');
const BALANCED = preset('balanced');
const STRICT = preset('strict');
const W = '/ws/proj';
const OPEN = 'allow:\n  - {capability: "*", path_prefix: "${workspaceFolder}"}\n';

const call = (tool: string, args: JsonObject, capability = 'filesystem.read', more: Partial<Call> = {}): Call => ({
	capability,
	tool,
	arguments: args,
	root: W,
	...more,
});
const effect = async (policy: string, ...of: Parameters<typeof call>) => (await verdictOf(policy, call(...of))).effect;

describe('names below a folder of the call', () => {
	it.each(['name', 'document', 'entry', 'uri', 'item', 'resource', 'config', 'key', 'input', 'anything'])(
		'PATH-14 a secret under %j is denied, an honest name is not',
		async key => {
			for (const policy of [BALANCED, STRICT]) {
				expect(await effect(policy, 'read_file', { directory: W, [key]: '.env' })).toBe('deny');
				expect(await effect(policy, 'read_file', { directory: W, [key]: 'notes.md' })).toBe('allow');
			}
		},
	);
	it('PATH-18 a hook written by its name is denied, whatever the key', async () => {
		for (const args of [
			{ path: `${W}/a`, new_name: '.git/hooks/post-commit' },
			{ from: `${W}/a`, to: '.git/hooks/post-commit' },
			{ path: `${W}/.git/hooks`, entry: 'post-commit' },
			{ path: W, files: { '.git': 'x' } },
		]) {
			expect(await effect(OPEN, 'put', args, 'filesystem.write'), JSON.stringify(args)).toBe('deny');
		}
	});
	it('PATH-07 a name that is a link out of its folder is a path', async () => {
		const resolver = disk({ [`${W}/link`]: '/opt' });
		const read = (name: string) =>
			effect(STRICT, 'read_file', { directory: W, name }, 'filesystem.read', { resolver });
		expect(await read('link/passwd')).toBe('deny');
		expect(await read('link')).toBe('deny');
		expect(await read('other/passwd')).toBe('allow');
	});
	it('an allow does not ask where possible names lie, and they are kept apart from the paths', async () => {
		const load = parsePolicy(STRICT, 'strict.yaml');
		const facts = await factsOf(
			load,
			call('read_file', { path: `${W}/a.ts`, label: 'b', size: '12', note: '.env' }),
		);
		expect(facts.paths.map(({ raw }) => raw)).toEqual([`${W}/a.ts`]);
		expect(facts.possiblePaths?.map(({ raw }) => raw)).toEqual(['b']);
		expect(decide(load, facts).effect).toBe('allow');
	});
	it.each<[string, JsonObject]>([
		['read_file', { path: `${W}/a.ts`, encoding: 'utf8', head: 10 }],
		['search_files', { path: W, pattern: '*.ts' }],
		['search_files', { path: W, pattern: '**/*.test.ts', excludePatterns: ['node_modules', '**/.env*', '.git'] }],
		['search_files', { path: W, pattern: '*config*' }],
		['search_files', { path: W, pattern: '*key*' }],
		['search_files', { path: W, pattern: '*secret*' }],
		['search_files', { path: W, pattern: '**/*.json' }],
		['search_files', { path: W, pattern: 'test_*.py' }],
		['search_files', { path: W, pattern: '**/config' }],
		['search_files', { path: W, pattern: '**/*' }],
		['grep', { path: W, pattern: 'process\\.env\\.[A-Z_]+' }],
		['grep', { path: W, pattern: '.*' }],
		['grep', { path: W, regex: 'import .* from "\\./x"' }],
		['grep', { path: W, pattern: '@/components/Button', include: '*.{ts,tsx}' }],
		['grep', { path: W, query: 'where is .env read?' }],
		['read_file', { path: `${W}/app/[id]/page.tsx` }],
		['read_multiple_files', { paths: [`${W}/src/{a,b}.ts`] }],
	])('an honest %s %j passes', async (tool, args) => {
		expect(await effect(BALANCED, tool, args)).toBe('allow');
	});
	it.each<[string, JsonObject]>([
		['write_file', { path: `${W}/a.json`, content: '{"path": "/etc/passwd", "dir": "~/.ssh"}' }],
		[
			'edit_file',
			{ path: `${W}/a.ts`, edits: [{ oldText: '/etc/x\n/y', newText: '// /etc\n' + '/'.repeat(5000) }] },
		],
		['edit_file', { path: `${W}/a.ts`, old_string: '/* a */\nfoo()', new_string: '//\n/usr/bin\n' }],
		['write_file', { path: `${W}/.gitignore`, content: '/node_modules\n/dist\n.env\n' }],
		['write_file', { path: `${W}/a.jpg`, image: `/9j/${'4AAQSkZJRgABAQAAAQ'.repeat(400)}` }],
	])('an honest %s is no more than asked for', async (tool, args) => {
		expect(await effect(BALANCED, tool, args, 'filesystem.write')).toBe('require_approval');
		expect(await effect(OPEN, tool, args, 'filesystem.write')).toBe('allow');
	});
	it('more names than can be looked at are not waved through', async () => {
		const names = Array.from({ length: 300 }, (_, n) => `n${String(n)}`);
		expect(await effect(STRICT, 'read_file', { path: `${W}/a`, labels: names })).toBe('deny');
		expect(await effect(STRICT, 'read_file', { path: `${W}/a`, labels: names.slice(0, 100) })).toBe('allow');
	});
});

describe('globs that name secrets', () => {
	it.each<[string, JsonObject]>([
		['read_multiple_files', { paths: [`${W}/.en*`] }],
		['read_multiple_files', { paths: [`${W}/.en?`] }],
		['read_multiple_files', { paths: [`${W}/.{env,x}`] }],
		['read_multiple_files', { paths: [`${W}/[.]env`] }],
		['read_multiple_files', { paths: [`${W}/.*`] }],
		['read_multiple_files', { paths: ['sub/%2een*'] }],
		['read_multiple_files', { paths: ['{/etc/passwd,x}'] }],
		['search_files', { path: W, include: '**/.env*', regex: '.' }],
		['search_files', { path: W, pattern: '.env*' }],
		['search_files', { path: W, pattern: '*.pem' }],
		['search_files', { path: W, pattern: '**/*.env' }],
		['search_files', { path: W, pattern: '**/id_*' }],
		['search_files', { path: W, pattern: '**/{README.md,.env.local}' }],
		['search_files', { path: W, pattern: '.ss?/*' }],
		['search_files', { path: W, anything: 'cred*' }],
	])('PATH-23 %s %j is denied', async (tool, args) => {
		for (const policy of [BALANCED, STRICT]) {
			expect(await effect(policy, tool, args)).toBe('deny');
		}
	});
	it('PATH-18 a glob that names a built-in place counts without any rule', async () => {
		expect(await effect(OPEN, 'delete', { paths: [`${W}/.git/hoo*`] }, 'filesystem.delete')).toBe('deny');
		expect(await effect(OPEN, 'read', { paths: [`${W}/.en*`] })).toBe('require_approval');
		expect(await effect(OPEN, 'read', { paths: [`${W}/{.env.example,x}`] })).toBe('allow');
	});
	it('every prefix of a secret with a star behind it names it, a star alone names nothing', async () => {
		const secrets = [
			'.env',
			'.env.local',
			'id_rsa',
			'id_ed25519',
			'.netrc',
			'.npmrc',
			'kubeconfig',
			'secrets.json',
		];
		await fc.assert(
			fc.asyncProperty(fc.constantFrom(...secrets), fc.nat(12), fc.boolean(), async (secret, cut, any) => {
				const kept = Math.min(secret.length, Math.max(secret.startsWith('.') ? 2 : 3, cut));
				const glob = `${secret.slice(0, kept)}${any ? '*' : '?'.repeat(secret.length - kept)}`;
				expect(await effect(STRICT, 'read', { path: `${W}/sub/${glob}` }), glob).toBe('deny');
			}),
			runs(100),
		);
		for (const free of ['*', '**', '**/*', '*.*', '?*', '*.ts', 'src/**/*.json']) {
			expect(await effect(STRICT, 'read', { path: `${W}/${free}` }), free).toBe('allow');
		}
	});
});

describe('paths inside words and texts', () => {
	it.each<JsonObject>([
		{ target: '--output=/home/u/.bashrc' },
		{ target: `--output=${W}/.git/hooks/post-commit` },
		{ target: '-O/etc/shadow' },
		{ revision: '--output=.git/hooks/post-checkout' },
		{ args: ['file=/etc/shadow'] },
		{ args: ['@/etc/shadow'] },
		{ args: ['-f/etc/shadow'] },
		{ options: "--file='/etc/shadow'" },
		{ flag: 'if=~/.ssh/id_rsa' },
		{ data: '@/home/u/.ssh/id_rsa' },
		{ form: 'file=@/home/u/.ssh/id_rsa' },
		{ path: `@${W}/../../etc/shadow`, args: ['@../../etc/shadow'] },
	])('PATH-23 a path behind the sign of an option counts: %j', async args => {
		for (const capability of ['git.write', 'network.send', 'filesystem.write']) {
			expect(await effect(OPEN, 'x', { repo_path: W, ...args }, capability), capability).toBe('deny');
		}
	});
	it('PATH-23 git gets no option where it reads a revision', () => {
		for (const args of [
			{ target: '--output=x' },
			{ revision: '-O/x' },
			{ repo_path: '--exec=x' },
			{ files: ['a', '--output=x'] },
			{ args: ['log', '--output=x'] },
			{ options: '--upload-pack=x' },
		]) {
			expect(carriesGitOption(args), JSON.stringify(args)).toBe(true);
		}
		for (const args of [
			{ target: 'HEAD~1', message: '-- a --' },
			{ args: ['log', '-n', '5', '--oneline'] },
			{ branch: 'a-b', max_count: -1 },
		]) {
			expect(carriesGitOption(args), JSON.stringify(args)).toBe(false);
		}
	});
	it.each<JsonObject>([
		{ options: '{"path":"/home/u/.ssh/id_rsa"}' },
		{ options: ' [{"op":"read","path":"/opt/x"}]' },
		{ options: JSON.stringify({ inner: JSON.stringify({ path: '/opt/x' }) }) },
		{ options: JSON.stringify({ name: '.env' }) },
		{ options: `{"a":"${'x'.repeat(300_000)}"}` },
		{ options: '['.repeat(100_000) },
		{ uri: 'file:///home/u/.ssh/id_rs\na' },
		{ uri: 'fi\r\nle:///opt/x' },
		{ item: '/x\n/../etc/shadow' },
		{ item: `/${'./'.repeat(2050)}etc/shadow` },
		{ item: `/${'./'.repeat(9000)}etc/shadow` },
		{ item: `--file=/${'./'.repeat(9000)}etc/shadow` },
		{ content: `file:///${'./'.repeat(9000)}etc/shadow` },
	])('PATH-23, PATH-09 no path hides in JSON, behind a line break or in a long text %#', async args => {
		expect(await effect(STRICT, 'read_file', { path: `${W}/readme.md`, ...args })).toBe('deny');
	});
	it('PATH-23 what git keeps of a secret is a secret', async () => {
		for (const args of [{ revision: 'HEAD:.env' }, { files: ['.env'] }, { args: ['show', 'HEAD:certs/a.pem'] }]) {
			expect(await effect(BALANCED, 'git_show', { repo_path: W, ...args }, 'git.read')).toBe('deny');
		}
		for (const args of [
			{ revision: 'HEAD:src/a.ts' },
			{ branch_name: 'feature/credentials' },
			{ target: 'main' },
		]) {
			expect(await effect(BALANCED, 'git_show', { repo_path: W, ...args }, 'git.read')).toBe('allow');
		}
	});
});
