import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { capabilityOf } from '../../../src/domain/policy/capability';
import { parsePolicy } from '../../../src/domain/policy/parsePolicy';
import { type Effect } from '../../../src/domain/policy/policy';
import { verdictOf } from './support';

const preset = (name: string) => readFileSync(new URL(`../../../policies/${name}.yaml`, import.meta.url), 'utf8');
const call = (server: string, tool: string, args: Record<string, string>) => ({
	server,
	tool,
	capability: capabilityOf({ policyTable: new Map(), serverName: server, tool }).capability,
	arguments: args,
	root: '/ws/proj',
});

const CASES: readonly (readonly [string, string, Record<string, string>, Effect, Effect])[] = [
	['filesystem', 'read_text_file', { path: '/ws/proj/README.md' }, 'allow', 'allow'],
	['filesystem', 'read_text_file', { path: 'src/a.ts' }, 'allow', 'allow'],
	['filesystem', 'list_allowed_directories', {}, 'allow', 'allow'],
	['filesystem', 'write_file', { path: '/ws/proj/notes.md', content: 'x' }, 'require_approval', 'deny'],
	['filesystem', 'move_file', { source: '/ws/proj/a', destination: '/ws/proj/b' }, 'require_approval', 'deny'],
	['filesystem', 'move_file', { source: '/ws/proj/a', destination: '/tmp/b' }, 'deny', 'deny'],
	['filesystem', 'read_text_file', { path: '/etc/passwd' }, 'deny', 'deny'],
	['filesystem', 'read_text_file', { path: '/ws/proj/.env' }, 'deny', 'deny'],
	['filesystem', 'read_text_file', { path: '/ws/proj/a/.env.local' }, 'deny', 'deny'],
	['filesystem', 'read_text_file', { path: '/ws/proj/%2eenv' }, 'deny', 'deny'],
	['filesystem', 'read_text_file', { path: '/ws/proj/docs.environment' }, 'allow', 'allow'],
	['filesystem', 'read_text_file', { path: '~/.ssh/id_rsa' }, 'deny', 'deny'],
	['filesystem', 'write_file', { path: '/ws/proj/.git/hooks/pre-commit' }, 'deny', 'deny'],
	['filesystem', 'write_file', { path: '/ws/proj/.vscode/mcp.json' }, 'deny', 'deny'],
	['filesystem', 'write_file', { path: '/ws/proj/.vscode/tasks.json' }, 'deny', 'deny'],
	['filesystem', 'read_text_file', { path: '/ws/proj/.env~' }, 'deny', 'deny'],
	['filesystem', 'read_text_file', { path: '/ws/proj/.env-prod' }, 'deny', 'deny'],
	['filesystem', 'read_text_file', { path: '/ws/proj/server.key.bak' }, 'deny', 'deny'],
	['filesystem', 'write_file', { path: '/ws/proj/x.code-workspace' }, 'deny', 'deny'],
	['filesystem', 'write_file', { path: '/ws/proj/.git/modules/a/hooks/post-checkout' }, 'deny', 'deny'],
	['filesystem', 'move_file', { source: '/ws/proj/.git', destination: '/ws/proj/g' }, 'deny', 'deny'],
	['filesystem', 'move_file', { source: '/ws/proj/v', destination: '/ws/proj/.vscode' }, 'deny', 'deny'],
	['files', 'delete_file', { path: '/ws/proj/.git' }, 'deny', 'deny'],
	['filesystem', 'write_file', { path: '/ws/proj/package.json' }, 'require_approval', 'deny'],
	['filesystem', 'write_file', { path: '/ws/proj/Makefile', content: 'x:' }, 'require_approval', 'deny'],
	['filesystem', 'write_file', { path: '/ws/proj/pyproject.toml', content: 'x' }, 'require_approval', 'deny'],
	['filesystem', 'write_file', { path: '/ws/proj/.git/commondir', content: '..' }, 'deny', 'deny'],
	['git', 'git_show', { repo_path: '/ws/proj', revision: 'HEAD:.env' }, 'deny', 'deny'],
	['git', 'git_show', { repo_path: '/ws/proj', revision: 'HEAD:src/a.ts' }, 'allow', 'deny'],
	['files', 'delete_file', { path: '/ws/proj/a' }, 'require_approval', 'deny'],
	['everything', 'echo', { message: 'hello' }, 'allow', 'deny'],
	['everything', 'get-sum', {}, 'allow', 'deny'],
	['everything', 'get-env', {}, 'deny', 'deny'],
	['sequential-thinking', 'sequentialthinking', {}, 'allow', 'deny'],
	['web', 'fetch', { url: 'https://example.com/a' }, 'require_approval', 'deny'],
	['web', 'fetch', { url: 'file:///etc/passwd' }, 'require_approval', 'deny'],
	['tools', 'run_command', { command: 'ls' }, 'deny', 'deny'],
	['tools', 'frobnicate', {}, 'deny', 'deny'],
];

/** What no mode lifts: built-in protections of places (protectedPlaces.ts). */
const PROTECTED: Readonly<Record<string, Effect>> = {
	'/ws/proj/.env': 'require_approval',
	'/ws/proj/a/.env.local': 'require_approval',
	'/ws/proj/%2eenv': 'require_approval',
	'~/.ssh/id_rsa': 'deny',
	'/ws/proj/.git/hooks/pre-commit': 'deny',
	'/ws/proj/.git/modules/a/hooks/post-checkout': 'deny',
	'/ws/proj/x.code-workspace': 'require_approval',
	'/ws/proj/.env-prod': 'require_approval',
	'/ws/proj/.vscode/mcp.json': 'deny',
	'/ws/proj/.vscode/tasks.json': 'require_approval',
	'/ws/proj/package.json': 'require_approval',
	'/ws/proj/Makefile': 'require_approval',
	'/ws/proj/pyproject.toml': 'require_approval',
	'/ws/proj/.git/commondir': 'deny',
	'HEAD:.env': 'require_approval',
	// Moved or deleted as a whole, with the hooks and settings in it.
	'/ws/proj/.git': 'deny',
	'/ws/proj/g': 'deny',
	'/ws/proj/.vscode': 'require_approval',
};

describe('presets', () => {
	it.each(['balanced', 'strict', 'observe'])('%s has nothing to mend, not even a warning', name => {
		expect(parsePolicy(preset(name), `${name}.yaml`).problems).toEqual([]);
	});
	it.each([
		'http://169.254.169.254/latest/',
		'http://169.254.169.254.nip.io/',
		'http://[::ffff:a9fe:a9fe]/',
		'http://[fd00:ec2::254]/',
		'http://100.100.100.200/',
		'http://168.63.129.16/',
		'metadata.google.internal:000080/x',
		'user:pass@169.254.169.254/latest',
	])('POL-03 balanced denies the metadata service under %s', async url => {
		const verdict = await verdictOf(preset('balanced'), call('fetch', 'fetch', { url }));
		expect(verdict).toMatchObject({ effect: 'deny', reason: 'cloud_metadata' });
	});
	it.each(CASES)('PATH-18 %s/%s %j: balanced %s, strict %s', async (server, tool, args, balanced, strict) => {
		expect((await verdictOf(preset('balanced'), call(server, tool, args))).effect).toBe(balanced);
		expect((await verdictOf(preset('strict'), call(server, tool, args))).effect).toBe(strict);
		expect(await verdictOf(preset('observe'), call(server, tool, args))).toMatchObject({
			effect: PROTECTED[args.path ?? args.destination ?? args.revision ?? ''] ?? 'allow',
			observed: balanced,
		});
	});
});
