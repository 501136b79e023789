import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type JsonObject } from '../../../src/base/json';
import { canonicalForms } from '../../../src/domain/policy/canonicalForms';
import { findPaths } from '../../../src/domain/policy/findPaths';
import { compilePathGlob } from '../../../src/domain/policy/glob';
import { samePathFacts } from '../../../src/domain/policy/pathReach';
import { collectPathFacts } from '../../../src/firewall/pathFacts';
import { type PathIdentity, type PathResolver } from '../../../src/firewall/ports';
import { disk, HOMELESS, HOST, P2, P4, PD, read, verdictOf, WINDOWS, write } from './support';
import { runs } from '../support/runs';
import { processorMs } from '../support/processorMs';

const effect = async (...args: Parameters<typeof verdictOf>) => (await verdictOf(...args)).effect;

describe('PATH cases of gateway.md §2.1', () => {
	it('PATH-01 staging/../prod asks', async () => {
		expect(await effect(P2, write('/data/staging/../prod/x'))).toBe('require_approval');
		expect(await effect(P2, write('/data/staging/a/b'))).toBe('allow');
	});
	it('PATH-02 up into /etc is denied', async () => {
		expect(await verdictOf(P2, write('/data/staging/../../etc/cron.d/x'))).toMatchObject({
			effect: 'deny',
			reason: 'policy_deny',
			rule: { id: 'deny[1]' },
		});
	});
	it('PATH-03 containment is by segment', async () => {
		expect(await effect(P2, write('/data/staging-evil/x'))).toBe('deny');
		expect(await effect(P4, read('/ws/proj-secrets/.env'))).toBe('deny');
		expect(await effect(P2, write('/etcetera/x'))).toBe('deny');
		expect(await effect(PD, read('/etcetera/x'))).toBe('allow');
	});
	it.each([
		['PATH-04', '/ws/proj/../../etc/passwd'],
		['PATH-05', '/ws/proj//../../etc'],
		['PATH-05', '/ws/proj/./../..'],
		['PATH-05', '/ws/proj/../../etc/ '],
		['PATH-05', '/ws/proj/../.. /etc/./'],
		['PATH-05', '/ws/proj/.. /.. /etc'],
		['PATH-05', '/ws/proj/../../etc/'],
		['PATH-05', '/ws/proj/../../etc/passwd.'],
		['PATH-05', '/ws/proj/../../etc/passwd. .'],
		['PATH-05', '/ws/proj/../../etc/passwd '],
		['PATH-05', '/ws/proj/../../etc/passwd/.'],
		['PATH-05', '/ws/proj/../../etc/.//'],
		['PATH-05', ' /ws/proj/../../etc'],
		['PATH-05', '/ws/proj/..%20/..%20/etc'],
		['PATH-06', '/ws/proj/%2e%2e/%2e%2e/etc/passwd'],
		['PATH-06', '/ws/proj/..%2f..%2fetc/passwd'],
		['PATH-06', '/ws/proj/%252e%252e/%252e%252e/etc/passwd'],
		['PATH-06', '/ws/proj/%25252e%25252e%25252fetc'],
		['PATH-06', '/ws/proj/%c0%ae%c0%ae/%c0%ae%c0%ae/etc/passwd'],
		['PATH-06', '/ws/proj/%u002e%u002e/x'],
		['PATH-06', '/ws/proj/%e0%80%ae%e0%80%ae/x'],
		['PATH-06', '/ws/proj/%e0%80%afetc'],
		['PATH-06', '/ws/proj/%f0%80%80%ae%f0%80%80%ae/x'],
		['PATH-06', '/ws/proj/%f8%80%80%80%af/x'],
		['PATH-06', '/ws/proj/%fc%80%80%80%80%af/x'],
		['PATH-06', '/ws/proj/%%32%65%%32%65/%%32%65%%32%65/etc'],
		['PATH-06', '/ws/proj/%2%65%2%65%2f%2%65%2%65/etc'],
		['PATH-06', '/ws/proj/..%5c..%5cetc'],
		['PATH-06', '/ws/proj/%25c0%25ae/x'],
		['PATH-06', `/ws/proj/%${'25'.repeat(20)}2e`],
		['PATH-09', '/ws/proj/\u0000/../../etc/passwd'],
		['PATH-09', '/ws/proj/a%00'],
		['PATH-09', '/ws/proj/a\u202eb'],
		['PATH-09', '/ws/proj/a\u200bb'],
		['PATH-09', '/ws/proj/a\n'],
		['PATH-09', '/ws/proj/\ud800'],
		['PATH-10', '/ws/proj/\u2024\u2024/x'],
		['PATH-10', '/ws/proj\uff0f\uff0e\uff0e\uff0fetc'],
		['PATH-10', '/ws/proj/\u2215etc'],
		['PATH-10', '/ws/proj/%ef%bc%8fx'],
		['PATH-23', '/ws/proj/..\\..\\etc'],
	])('%s P4 denies reading %j', async (_id, path) => {
		expect(await effect(P4, read(path))).toBe('deny');
		expect(await effect(P4, read({ anything: path }))).toBe('deny');
		expect(await effect(P4, read(path, { root: '/ws/proj' }))).toBe('deny');
	});
	it('PATH-07 a symlink leads out', async () => {
		const resolver = disk({ '/ws/proj/link': '/home/u/.ssh' });
		expect(await verdictOf(P4, read('/ws/proj/link/id_rsa', { resolver }))).toMatchObject({
			effect: 'deny',
			rule: { id: 'deny[1]' },
		});
		expect(await effect(P4, write('/ws/proj/link/new', { resolver }))).toBe('deny');
	});
	it('PATH-07 `link/..` is read as the file system reads it', async () => {
		const resolver = disk({ '/ws/proj/link': '/etc/ssl' });
		expect(await effect(P4, read('/ws/proj/link/../passwd', { resolver }))).toBe('deny');
		expect(await effect(PD, read('/ws/proj/link/../passwd', { resolver }))).toBe('deny');
	});
	it('PATH-07 a link that was swapped after the first look is seen by the second', async () => {
		const args = { path: '/ws/proj/link/x' };
		const look = async (links: Record<string, string>) =>
			(await collectPathFacts(args, undefined, [], HOST, disk(links))).paths;
		const before = await look({ '/ws/proj/link': '/ws/proj/real' });
		expect(samePathFacts(before, await look({ '/ws/proj/link': '/ws/proj/real' }))).toBe(true);
		expect(samePathFacts(before, await look({ '/ws/proj/link': '/home/u/.ssh' }))).toBe(false);
		expect(samePathFacts(before, await look({}))).toBe(false);
		expect(samePathFacts(before, [])).toBe(false);
		expect(samePathFacts([{ ...before[0]!, flags: { hardLinked: true } }], before)).toBe(false);
	});
	const identified = (known: Record<string, Partial<PathIdentity>>): PathResolver => ({
		...disk(),
		identify: path =>
			Promise.resolve({ kind: 'file', links: 1, device: 'a', ...(known[path] ?? { kind: 'missing', links: 0 }) }),
	});
	it('PATH-08 a hard link makes an allow a question, a deny stays one', async () => {
		const resolver = identified({ '/ws/proj/a': { links: 2 }, '/ws/proj/dir': { kind: 'directory', links: 5 } });
		expect(await verdictOf(P4, read('/ws/proj/a', { resolver }))).toMatchObject({
			effect: 'require_approval',
			reason: 'hard_linked_path',
		});
		expect(await effect(P4, write('/ws/proj/a', { resolver }))).toBe('require_approval');
		expect(await effect(P4, read('/ws/proj/dir', { resolver }))).toBe('allow');
		expect(await effect(P4, read('/ws/proj/new', { resolver }))).toBe('allow');
		expect(await effect(P4, read({ path: '/ws/proj/new', other: '/etc/x' }, { resolver }))).toBe('deny');
	});
	it('PATH-08 what is mounted into the workspace is asked for', async () => {
		const resolver = identified({
			'/ws/proj': { kind: 'directory' },
			'/ws/proj/mnt/x': { device: 'b' },
			'/data/x': { device: 'b' },
		});
		expect(await verdictOf(P4, read('/ws/proj/mnt/x', { resolver }))).toMatchObject({
			effect: 'require_approval',
			reason: 'mounted_path',
		});
		expect(await effect(P4, read('/ws/proj/y', { resolver }))).toBe('allow');
		expect(await effect(P2, read('/data/x', { resolver }))).toBe('allow');
		const host = { ...HOST, workspaceFolders: ['/ws/proj', '/ws/proj/mnt'] };
		const both = identified({
			'/ws/proj': {},
			'/ws/proj/mnt': { device: 'b' },
			'/ws/proj/mnt/x': { device: 'b' },
		});
		expect(await effect(P4, read('/ws/proj/mnt/x', { resolver: both, host }))).toBe('allow');
	});
	it('PATH-08 a disk that cannot be asked flags nothing and throws nothing', async () => {
		const resolver = { ...disk(), identify: () => Promise.reject(new Error('no')) };
		expect(await effect(P4, read('/ws/proj/a', { resolver }))).toBe('allow');
	});
	it('PATH-08 a Windows junction leads out', async () => {
		const policy = 'allow:\n  - {capability: filesystem.*, path_prefix: "${workspaceFolder}"}\n';
		const resolver = disk({ 'C:/ws/proj/junction': 'D:\\secrets', 'C:/ws/proj/volume': '\\\\?\\Volume{0a1b}\\x' });
		for (const path of ['junction\\a', 'volume\\a', 'junction', 'junction\\..\\a']) {
			expect(await effect(policy, read(`C:\\ws\\proj\\${path}`, { resolver, host: WINDOWS })), path).toBe('deny');
		}
		expect(await effect(policy, read('C:\\ws\\proj\\a', { resolver, host: WINDOWS }))).toBe('allow');
	});
	it('PATH-08 a new file below a symlinked directory is denied', async () => {
		const resolver = disk({ '/ws/proj/out': '/opt' });
		expect(await effect(P4, write('/ws/proj/out/new/file', { resolver }))).toBe('deny');
	});
	it('a path that cannot be resolved, or a resolver that throws, is denied', async () => {
		const cannot = { realPath: () => Promise.resolve(undefined) };
		const throws = { realPath: () => Promise.reject(new Error('no')) };
		for (const resolver of [cannot, throws]) {
			expect(await verdictOf(P4, read('/ws/proj/a', { resolver }))).toMatchObject({ reason: 'path_unjudgeable' });
		}
	});
	it.each([
		'//etc/passwd',
		'/./etc/passwd',
		'/tmp/../etc/passwd',
		' /etc/passwd',
		'/private/etc/passwd',
		'/proc/self/root/etc/passwd',
		'/proc/1/root/proc/self/root/etc/passwd',
		'/proc/self/cwd/../../etc/passwd',
		'/dev/fd/../../etc/passwd',
		'\\etc\\passwd',
		'/etc./passwd',
		'/etc',
		'/etc/',
		'file:///etc/passwd',
		'FILE:/etc/passwd',
		'file://localhost/etc/passwd?x=1#y',
		'file:///%65tc/passwd',
		'file:\\\\\\etc\\passwd',
		'file://other/etc/passwd',
		'view-source:file:///etc/passwd',
		'vscode-remote://ssh-remote+host/etc/passwd',
		'$HOME/../../etc/passwd',
		'~/../../etc/passwd',
		'~root/x',
		'$OLDPWD/../etc',
	])('PATH-11/13/14 PD denies reading %j', async path => {
		expect(await effect(PD, read(path))).toBe('deny');
		expect(await effect(PD, read({ x: [{ y: path }] }))).toBe('deny');
	});
	it('PATH-11 /ETC is /etc where case does not count', async () => {
		expect(await effect(PD, read('/ETC/passwd', { host: { ...HOST, caseInsensitivePaths: true } }))).toBe('deny');
		expect(await effect(PD, read('/ETC/passwd'))).toBe('allow');
	});
	it('PATH-12 relative paths start in the declared root; without one they are denied', async () => {
		expect(await effect(PD, read('../../etc/passwd', { root: '/ws/proj' }))).toBe('deny');
		expect(await effect(PD, read('../../etc/passwd'))).toBe('deny');
		expect(await effect(PD, read('notes.txt'))).toBe('deny');
		expect(await effect(P4, read('notes.txt', { root: '/ws/proj' }))).toBe('allow');
		expect(await effect(P4, read('', { root: '/ws/proj' }))).toBe('allow');
	});
	it('PATH-12 a relative path may also start in a folder that the call itself names', async () => {
		const root = '/ws/proj/deep/deeper';
		expect(await effect(P4, read({ cwd: '/ws/proj', file: '../../etc/passwd' }, { root }))).toBe('deny');
		expect(await effect(PD, read({ dir: '/usr', file: '../etc/passwd' }, { root }))).toBe('deny');
		expect(await effect(P4, read({ cwd: '/ws/proj', file: 'a' }, { root }))).toBe('allow');
		const dirs = Array.from({ length: 20 }, (_, n) => `/ws/proj/${String(n)}`);
		expect(await effect(P4, read({ dirs, file: 'a' }, { root }))).toBe('deny');
		expect(await effect(P4, read({ dirs, file: '/ws/proj/a' }, { root }))).toBe('allow');
	});
	it('PATH-13 home on both sides', async () => {
		const policy = 'deny:\n  - {capability: filesystem.read, path_prefix: ~/.ssh}\nallow:\n  - filesystem.read\n';
		for (const path of [
			'/home/u/.ssh/id_rsa',
			'~/.ssh/id_rsa',
			'$HOME/.ssh/x',
			'${HOME}/.ssh',
			'%USERPROFILE%/.ssh/x',
		]) {
			expect(await effect(policy, read(path)), path).toBe('deny');
		}
		expect(await effect(policy, read('~/notes'))).toBe('allow');
		expect(await verdictOf(policy, read('/x', { host: HOMELESS }))).toMatchObject({ reason: 'rule_error' });
	});
	it.each([
		'file_path',
		'filePath',
		'uri',
		'source',
		'src',
		'old_path',
		'cwd',
		'Path',
		'x',
		'content',
		'outputDirectory',
	])('PATH-14 PD finds a path under %s', async key => {
		expect(await effect(PD, read({ [key]: '/etc/passwd' }))).toBe('deny');
	});
	it('PATH-14 the schema can name a path', () => {
		const schema = { properties: { x: { type: 'string', title: 'File Path' }, y: { format: 'path' }, z: {} } };
		expect(findPaths({ x: 'a', y: 'b', z: 'c' }, schema).map(({ pointer }) => pointer)).toEqual(['/x', '/y']);
	});
	it('PATH-15 a key can be a path', async () => {
		expect(await effect(PD, read({ files: { '/etc/passwd': 'x' } }))).toBe('deny');
		expect(await effect(PD, read({ changes: { 'file:///etc/passwd': [] } }))).toBe('deny');
		expect(await effect(P4, read({ files: { 'a/b': 'x' } }, { root: '/ws/proj' }))).toBe('allow');
		expect(
			findPaths({ files: { 'a/b': 1 }, other: { 'a/b': 1 } }, undefined).map(({ pointer }) => pointer),
		).toEqual(['/files/a~1b']);
	});
	it.each([[{ paths: ['/ok', '/etc/passwd'] }], [{ path: ['/etc/passwd'] }], [{ edits: [{ path: '/etc/passwd' }] }]])(
		'PATH-15 every element at any depth: %j',
		async args => {
			expect(await effect(PD, read(args))).toBe('deny');
		},
	);
	it.each([
		[{ path: '/ws/proj/a', file_path: '/etc/shadow' }],
		[{ path: '/ws/proj/a', destination: '/opt/x' }],
		[{ path: '/ws/proj/a', options: { path: '/opt/shadow' } }],
	])('PATH-16 the strictest path wins: %j', async args => {
		expect(await effect(P4, read(args))).toBe('deny');
		expect(await effect(P4, write(args))).toBe('deny');
	});
	it('PATH-17 an empty path hides nothing', async () => {
		expect(await effect(PD, read({ path: '', file: '/etc/passwd' }))).toBe('deny');
	});
	it('PATH-23 the folder in which a glob starts counts', async () => {
		expect(await effect(PD, read({ pattern: '/etc/**' }))).toBe('deny');
		expect(await effect(PD, read({ pattern: '/e*/passwd' }))).toBe('deny');
		expect(await effect(P4, read({ path: '/ws/proj', glob: '../**' }, { root: '/ws/proj' }))).toBe('deny');
		expect(await effect(P4, read({ path: '/ws/proj', pattern: '*.ts' }))).toBe('allow');
	});
	it.each([
		'{/etc,/ws}/**',
		'{/ws,{/etc,/opt}}/x*',
		'/ws/proj/{../../etc,x}/*',
		'/ws/proj/*/../../../etc/*',
		'/ws/proj/@(..)/@(..)/etc/*',
		'\\\\etc\\\\**',
		'{a,b}'.repeat(40) + '/x',
		'file:///etc/*',
	])('PATH-23 P4 denies the glob %j', async pattern => {
		expect(await effect(P4, read({ path: '/ws/proj', pattern }))).toBe('deny');
		expect(await effect(P4, read({ path: '/ws/proj', include: [pattern] }))).toBe('deny');
	});
	it('PATH-23 a glob under the key of a path counts as one, a bracket in a file name does not', () => {
		expect(findPaths({ path: '/home/*/x' }, undefined)).toEqual([
			{ pointer: '/path', raw: '/home/*/x', globBases: ['/home'], globs: ['/home/*/x'] },
		]);
		expect(findPaths({ path: '/ws/app/[id]/page.tsx' }, undefined)).toEqual([
			{ pointer: '/path', raw: '/ws/app/[id]/page.tsx', globs: ['/ws/app/[id]/page.tsx'] },
		]);
	});
	it.each([
		[{ command: 'cat /etc/passwd' }],
		[{ command: 'cat </etc/passwd' }],
		[{ cmd: 'ls;cat "/etc/passwd"' }],
		[{ command: ['tar', '--file=/etc/passwd'] }],
		[{ script: 'x=/etc/passwd\ncat $x' }],
		[{ argv: ['-c', 'cat /etc/passwd'] }],
		[{ options: '--config=file:///etc/x' }],
	])('PATH-23 the paths in a command line count: %j', async args => {
		expect(await effect(PD, read(args))).toBe('deny');
	});
	const ENV = "deny:\n  - {capability: git.read, paths: ['**/.env*', '**/*.pem']}\nallow: [git.read]\n";
	const git = (args: JsonObject, tool = 'git_show') =>
		effect(ENV, { capability: 'git.read', tool, arguments: args, root: '/ws/proj' });
	it.each([
		[{ revision: 'HEAD:.env' }],
		[{ repo_path: '/ws/proj', revision: 'main~3:config/.env.local' }],
		[{ target: 'HEAD@{1}:.env' }],
		[{ object: ':.env' }],
		[{ object: ':0:.env' }],
		[{ pathspec: [':(top,icase)sub/.env'] }],
		[{ pathspec: ':!.env' }],
		[{ object: 'HEAD:./a/../.env' }],
		[{ object: 'HEAD:a dir/.env' }],
		[{ args: ['show', 'HEAD:.env'] }],
		[{ args: ['diff', '--', '.env'] }],
		[{ args: ['log', '-p', '--', 'server.pem'] }],
		[{ options: '--output=.env' }],
		[{ command: 'git show HEAD:.env' }],
		[{ command: 'git -C sub cat-file -p "main:.env"' }],
	])('PATH-23 a file that git finds by a revision is one like any other: %j', async args => {
		expect(await git(args)).toBe('deny');
	});
	it('PATH-23 what is no file of a revision is left alone', async () => {
		for (const args of [
			{ message: 'fix: .env is read twice' },
			{ revision: 'HEAD:src/index.ts' },
			{ remote: 'https://example.com/a.git' },
			{ branch: 'main', refspec: 'main:main' },
			{ args: ['log', '--since=2026-01-01', 'v1.0', '-n', '5'] },
		]) {
			expect(await git(args), JSON.stringify(args)).toBe('allow');
		}
		const other = { capability: 'git.read', tool: 'x', root: '/ws/proj' };
		const free = ENV.replaceAll('git.read', 'compute.run');
		expect(await effect(free, { ...other, capability: 'compute.run', arguments: { label: 'a:.env' } })).toBe(
			'allow',
		);
		expect(await effect(ENV, { ...other, arguments: { label: 'a:.env' } })).toBe('deny');
		expect(
			await effect(free, { ...other, capability: 'compute.run', tool: 'git_x', arguments: { label: 'a:.env' } }),
		).toBe('deny');
	});
	it.each([
		[{ command: 'cat server.pem' }],
		[{ command: ['openssl', 'x509', '-in', 'certs/server.pem'] }],
		[{ cmd: 'cat < .env' }],
		[{ anything: '--file=.env' }],
		[{ options: ['-f=sub/server.pem'] }],
		[{ command: 'docker run -v .env:/x i' }],
	])('PATH-23 relative names in command lines and options count: %j', async args => {
		const policy = ENV.replaceAll('git.read', 'shell.execute');
		const facts = { capability: 'shell.execute', arguments: args, root: '/ws/proj' };
		expect(await effect(policy, facts)).toBe('deny');
		expect(await effect(policy, { ...facts, arguments: { command: 'ls -la --color=auto src 1.5' } })).toBe('allow');
	});
	it('PATH-20, PATH-21 a prefix that says nothing denies everything', async () => {
		for (const prefix of ['[/etc, /root]', '""', 'null']) {
			const policy = `deny:\n  - {capability: filesystem.read, path_prefix: ${prefix}}\nallow: [filesystem.read]\n`;
			expect(await verdictOf(policy, read('/x')), prefix).toMatchObject({
				effect: 'deny',
				reason: 'policy_unusable',
			});
		}
	});
	it('an allow with a path condition needs a path', async () => {
		expect(await effect(P4, read({}))).toBe('deny');
		expect(await effect(P4, read({ content: 'no path here' }))).toBe('deny');
	});
	it('text that talks about paths is no path, a path in a content field is', async () => {
		const long = { path: '/ws/proj/a', content: '/etc/passwd is a file\nand ../.. is up' };
		expect(await effect(P4, write(long))).toBe('allow');
		expect(await effect(P4, write({ path: '/ws/proj/a', content: '/etc/passwd' }))).toBe('deny');
	});
	it('more paths than can be looked at are denied', async () => {
		expect(await effect(P4, read({ paths: Array.from({ length: 300 }, (_, n) => `/ws/proj/${String(n)}`) }))).toBe(
			'deny',
		);
	});
});

describe('PATH-22 Windows paths, judged on every system', () => {
	const forms = (raw: string, root?: string) => canonicalForms(raw, { root, host: WINDOWS });
	it.each([
		['C:\\ws\\..\\x', ['C:/x']],
		['c:/WS/proj', ['C:/WS/proj']],
		['C:\\ws\\..\\..\\x', ['C:/x']],
		['\\\\?\\C:\\x', ['C:/x']],
		['C:\\ws\\a. \\b...', ['C:/ws/a/b']],
		['file:///C:/ws/a%20b', ['C:/ws/a%20b', 'C:/ws/a b']],
		['~\\x', ['C:/Users/u/x']],
		['%USERPROFILE%\\.ssh', ['C:/Users/u/.ssh']],
		['C:/ws\\a/b\\', ['C:/ws/a/b']],
		['C:\\', ['C:/']],
		['C:\\ws\\.\\.. \\x', ['C:/x']],
		['file:///c|/ws', ['C:/ws']],
		['//?/C:/x', ['C:/x']],
	])('%j is %j', (raw, expected) => {
		expect(forms(raw)).toMatchObject({ candidates: expected });
		expect(forms(raw).problem).toBeUndefined();
	});
	it.each([
		['\\\\host\\share\\x', 'remote'],
		['\\\\localhost\\c$\\x', 'remote'],
		['\\\\?\\UNC\\host\\share\\x', 'remote'],
		['\\\\.\\PhysicalDrive0', 'unresolvable'],
		['\\\\?\\GLOBALROOT\\x', 'unresolvable'],
		['\\??\\C:\\x', 'unresolvable'],
		['C:\\ws\\file.txt:s', 'unresolvable'],
		['C:\\ws\\file.txt::$DATA', 'unresolvable'],
		['C:\\PROGRA~1\\x', 'unresolvable'],
		['C:\\ws\\NUL', 'unresolvable'],
		['C:\\ws\\com1.txt', 'unresolvable'],
		['C:\\ws\\com\u00b9', 'unresolvable'],
		['C:\\ws\\aux.c.txt', 'unresolvable'],
		['C:\\ws\\CONOUT$', 'unresolvable'],
		['C:\\ws\\...\\x', 'unresolvable'],
		['C:\\ws\\. .\\x', 'unresolvable'],
		['C:\\ws\\.. .\\x', 'unresolvable'],
		['C:\\ws::$INDEX_ALLOCATION\\x', 'unresolvable'],
		['\\\\.\\C:\\x', 'unresolvable'],
		['//./pipe/x', 'unresolvable'],
		['\\\\?\\Volume{0a}\\x', 'unresolvable'],
		['\\\\wsl$\\x\\y', 'remote'],
		['\\\\wsl.localhost\\x\\y', 'remote'],
		['file://host/share/x', 'remote'],
		['~other\\x', 'unresolvable'],
		['$env:TEMP\\x', 'unresolvable'],
		['C:x', 'no-root'],
		['x', 'no-root'],
		['\\etc', 'no-root'],
		['vscode-remote://host/x', 'remote'],
		['%APPDATA%\\x', 'unresolvable'],
	])('%j cannot be judged: %s', (raw, problem) => {
		expect(forms(raw).problem).toBe(problem);
	});
	it('relative and rooted paths start at the root', () => {
		expect(forms('..\\x', 'C:\\ws\\proj').candidates).toEqual(['C:/ws/x']);
		expect(forms('\\x', 'C:\\ws\\proj').candidates).toEqual(['C:/x']);
	});
	it('rules hold whatever the spelling', async () => {
		const policy = 'allow:\n  - {capability: filesystem.read, path_prefix: "${workspaceFolder}"}\n';
		const host = WINDOWS;
		for (const path of ['c:/WS/proj/a', 'C:\\ws\\PROJ\\a', '\\\\?\\C:\\ws\\proj\\a', 'file:///c:/ws/proj/a']) {
			expect(await effect(policy, read(path, { host })), path).toBe('allow');
		}
		for (const path of [
			'C:\\ws\\projx\\a',
			'C:\\ws\\proj\\..\\a',
			'D:\\ws\\proj\\a',
			'C:\\ws\\proj\\a:s',
			'\\\\h\\s\\a',
		]) {
			expect(await effect(policy, read(path, { host })), path).toBe('deny');
		}
	});
	it('a Windows path means nothing on another system', () => {
		expect(canonicalForms('C:\\x', { root: '/ws', host: HOST }).problem).toBe('remote');
	});
});

describe('globs', () => {
	const matches = (glob: string, path: string) => {
		const outcome = compilePathGlob(glob);
		return outcome.ok && outcome.glob.matches(path);
	};
	it.each([
		['**/.env', '/ws/.env', true],
		['**/.env', '/.env', true],
		['**/.env.*', '/ws/.env.local', true],
		['**/.env', '/ws/docs.env', false],
		['**/a/**/b', '/a/b', true],
		['**/a/**/b', '/x/a/1/2/b', true],
		['**/*.{pem,key}', '/x/y.key', true],
		['**/[a-c]?', '/bz', true],
		['**/[!a-c]?', '/bz', false],
		['*', 'a/b', false],
		['*', '', false],
		['**', '', true],
	])('ARG-12 %s on %s: %s', (glob, path, expected) => {
		expect(matches(glob, path)).toBe(expected);
	});
	it('ARG-13 takes linear time where a backtracking engine takes hours', () => {
		const start = processorMs();
		expect(matches('**/*a*a*a*a*a*a*a*b', `/${'a'.repeat(4000)}`)).toBe(false);
		expect(matches('**/a/**/a/**/a/**/a/**/b', '/a'.repeat(2000))).toBe(false);
		expect(processorMs() - start).toBeLessThan(1000);
	});
});

describe('folders that a deny or approval closes', () => {
	const closed = async (glob: string, path: string, section = 'deny') =>
		effect(
			`${section}:\n  - {capability: filesystem.read, paths: ['${glob}']}\nallow: [filesystem.read]\n`,
			read(path),
		);
	it.each([
		'**/secrets/',
		'**/secrets',
		'${workspaceFolder}/secrets',
		'${workspaceFolder}/secrets/',
		'**/secrets/**',
		'**/secrets/**/',
		'/ws/proj/secrets/',
		'**/secret[s]/',
	])('POL-06 %s closes the folder and what is in it', async glob => {
		expect(await closed(glob, '/ws/proj/secrets/x')).toBe('deny');
		expect(await closed(glob, '/ws/proj/secrets/a/b')).toBe('deny');
		expect(await closed(glob, '/ws/proj/secrets')).toBe('deny');
		expect(await closed(glob, '/ws/proj/secrets/x', 'require_approval')).toBe('require_approval');
		expect(await closed(glob, '/ws/proj/secrets-not/x')).toBe('allow');
		expect(await closed(glob, '/ws/proj/a')).toBe('allow');
	});
	it('POL-06 an allow opens no more than it says', async () => {
		const allows = async (glob: string) =>
			effect(`allow:\n  - {capability: filesystem.read, paths: ['${glob}']}\n`, read('/ws/proj/docs/x'));
		expect(await allows('**/docs')).toBe('deny');
		expect(await allows('**/docs/')).toBe('allow');
	});
});

describe('properties of paths', () => {
	const name = fc.stringMatching(/^[a-z][a-z0-9_-]{0,6}$/);
	const noise = fc.constantFrom(
		'/',
		'/./',
		'//',
		'/x/../',
		'/%2e/',
		'/x/%2e%2e/',
		'/x/../y/../',
		'\\',
		'%2f',
		'/. /',
	);
	it('any alias of a denied path is denied', async () => {
		await fc.assert(
			fc.asyncProperty(
				fc.array(fc.tuple(noise, name), { minLength: 1, maxLength: 4 }),
				fc.constantFrom('', 'file://', ' ', '/proc/self/root', '/ws/proj/../..', '~/../..'),
				noise,
				async (parts, start, first) => {
					const path = `${start}${start === '~/../..' && !first.startsWith('/') ? '/' : ''}${first}etc${parts.flat().join('')}`;
					expect(await effect(PD, read(path, { root: '/' })), path).toBe('deny');
				},
			),
			runs(300),
		);
	});
	it('any alias of a denied path is denied where case does not count, and on Windows', async () => {
		const cased = fc.constantFrom('etc', 'ETC', 'Etc', 'eTc');
		const part = fc.tuple(noise, name);
		const folded = { ...HOST, caseInsensitivePaths: true };
		const drive = fc.constantFrom('C:', 'c:', '\\\\?\\C:', 'file:///C:', 'file:///c%3a', 'C:\\x\\..', 'C:/x. /..');
		const gap = fc.constantFrom('\\', '/', '\\\\', '/./', '\\x\\..\\', '. \\', '%5c', '/%2e/');
		const policy = 'deny:\n  - {capability: filesystem.read, path_prefix: "C:/etc"}\nallow: [filesystem.read]\n';
		await fc.assert(
			fc.asyncProperty(
				cased,
				fc.array(part, { minLength: 1, maxLength: 3 }),
				noise,
				async (etc, parts, first) => {
					const path = `${first}${etc}${parts.flat().join('')}`;
					expect(await effect(PD, read(path, { root: '/', host: folded })), path).toBe('deny');
				},
			),
			runs(100),
		);
		await fc.assert(
			fc.asyncProperty(drive, cased, gap, gap, name, async (top, etc, first, second, below) => {
				const path = `${top}${first.startsWith('. ') ? '\\' : first}${etc}${second}${below}`;
				expect(await effect(policy, read(path, { root: 'C:\\ws', host: WINDOWS })), path).toBe('deny');
			}),
			runs(200),
		);
	});
	const pieces = fc.oneof(
		fc.constantFrom(
			'/',
			'..',
			'.',
			' ',
			'%2e',
			'%2f',
			'%25',
			'\\',
			'/proc/self/root',
			'/private',
			'/etc',
			'~',
			'/dev/fd',
		),
		fc.constantFrom('file:', '//', 'C:', '%20', '. .', '/ws/proj', '?', '#', '%5c', '%2525'),
		name,
		fc.string({ maxLength: 3 }),
	);
	const texts = fc.array(pieces, { maxLength: 8 }).map(parts => parts.join(''));
	it('canonicalising twice changes nothing: the forms of a form are among the forms', () => {
		fc.assert(
			fc.property(texts, fc.boolean(), (raw, windows) => {
				const context = windows ? { root: 'C:\\r', host: WINDOWS } : { root: '/r', host: HOST };
				const { candidates, problem } = canonicalForms(raw, context);
				if (problem !== undefined) {
					return;
				}
				for (const form of candidates) {
					const again = canonicalForms(form, context);
					expect(again.problem, raw).toBeUndefined();
					expect(again.candidates, raw).toContain(form);
					expect(candidates, raw).toEqual(expect.arrayContaining([...again.candidates]));
				}
			}),
			runs(3000),
		);
	});
	it('the short way for plain paths says what the long way says', () => {
		const plain = fc
			.array(fc.stringMatching(/^\.?[\w@+-]{1,4}(?:\.[\w@+-]{1,3}){0,2}$/), { minLength: 1, maxLength: 4 })
			.map(parts => parts.join('/'));
		fc.assert(
			fc.property(plain, path => {
				expect(canonicalForms(`/${path}`, { host: HOST })).toEqual(canonicalForms(`//${path}`, { host: HOST }));
				expect(canonicalForms(path, { root: '/r', host: HOST }).candidates).toEqual(
					canonicalForms(`./${path}`, { root: '/r', host: HOST }).candidates,
				);
			}),
		);
	});
	it('reading ends on a megabyte of anything', () => {
		const mega = 1 << 20;
		const calls = [
			{ content: 'lorem ipsum '.repeat(mega / 12) },
			{ path: '%25'.repeat(mega / 3) },
			{ x: ' '.repeat(mega) },
			{ command: 'cat /etc/passwd '.repeat(mega / 16) },
			{ pattern: '{a,b}'.repeat(mega / 5) },
			{ x: Array.from({ length: mega / 16 }, (_, n) => `/etc/pa${String(n)}`) },
			{ path: Array.from({ length: 40 }, () => '/%2525252525252e'.repeat(250)) },
		];
		for (const call of calls) {
			const start = processorMs();
			for (const { raw } of findPaths(call, undefined).slice(0, 257)) {
				canonicalForms(raw, { root: '/r', host: HOST });
			}
			expect(processorMs() - start).toBeLessThan(1000);
		}
	});
	it('no text makes the engine throw or leaves a relative candidate', () => {
		fc.assert(
			fc.property(fc.string({ unit: 'binary' }), fc.boolean(), (raw, windows) => {
				const { candidates } = canonicalForms(raw, {
					root: windows ? 'C:\\r' : '/r',
					host: windows ? WINDOWS : HOST,
				});
				for (const candidate of candidates) {
					expect(candidate).toMatch(windows ? /^(?:[A-Z]:|\/)\// : /^\//);
					expect(candidate.split('/')).not.toContain('..');
				}
			}),
			runs(500),
		);
	});
});
