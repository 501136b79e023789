import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type HostFacts } from '../../../src/domain/policy/facts';
import { protectionBelow, protectionFor, strictestProtection } from '../../../src/domain/policy/protection';
import { PROTECTED_PLACES } from '../../../src/domain/policy/protectedPlaces';
import { collectPathFacts } from '../../../src/firewall/pathFacts';
import { disk, HOST, read, verdictOf, WINDOWS, write } from './support';

const READ = 'filesystem.read';
const WRITE = 'filesystem.write';
const FOLDED: HostFacts = { ...HOST, caseInsensitivePaths: true };
const WIN: HostFacts = { ...WINDOWS, workspaceFolders: ['C:/ws/proj'], home: 'C:/Users/u' };

const of = (path: string, capability: string, host = HOST) => {
	const protection = protectionFor(path, capability, host);
	return protection === undefined ? 'open' : `${protection.effect} ${protection.id}`;
};

describe('APPR-01 a protected place is told also where a rule asks by itself', () => {
	it('with the rule\u2019s reason, beside the protection', async () => {
		const policy = 'require_approval:\n  - filesystem.write\n';
		const { effect, reason, protection } = await verdictOf(policy, write({ path: '/ws/proj/package.json' }));
		expect({ effect, reason, id: protection?.id }).toEqual({
			effect: 'require_approval',
			reason: 'policy_require_approval',
			id: 'package-scripts',
		});
		expect(await verdictOf(policy, write({ path: '/ws/proj/a.ts' }))).not.toHaveProperty('protection');
	});
});

describe('PATH-18 built-in protected paths', () => {
	it.each([
		['/ws/proj/.git/hooks/pre-commit', 'open', 'deny git-internals'],
		['/ws/proj/.git/hooks', 'open', 'deny git-internals'],
		['/ws/proj/.git/config', 'open', 'deny git-internals'],
		['/ws/proj/.git/modules/a/b/hooks/x', 'open', 'deny git-internals'],
		['/ws/proj/.git/modules/a/config', 'open', 'deny git-internals'],
		['/ws/proj/.git/commondir', 'open', 'deny git-internals'],
		['/ws/proj/bare.git/hooks/post-receive', 'open', 'deny git-internals'],
		['/ws/proj/bare.git/config', 'open', 'deny git-internals'],
		['/ws/proj/.husky/pre-push', 'open', 'require_approval commit-hooks'],
		['/ws/proj/.vscode/settings.json', 'open', 'require_approval editor-settings'],
		['/ws/proj/.vscode/tasks.json', 'open', 'require_approval editor-settings'],
		['/ws/proj/.vscode/mcp.json', 'open', 'deny mcp-servers'],
		['/ws/proj/.mcp.json', 'open', 'deny mcp-servers'],
		['/ws/proj/.cursor/mcp.json', 'open', 'deny mcp-servers'],
		['/ws/proj/mcp.json', 'open', 'require_approval mcp-servers-file'],
		['/ws/proj/package.json', 'open', 'require_approval package-scripts'],
		['/ws/proj/packages/a/package.json', 'open', 'require_approval package-scripts'],
		['/ws/proj/.github/workflows/ci.yml', 'open', 'require_approval ci-workflow'],
		['/ws/proj/.gitlab-ci.yml', 'open', 'require_approval ci-workflow'],
		['/ws/proj/AGENTS.md', 'open', 'require_approval agent-instructions'],
		['/ws/proj/sub/CLAUDE.md', 'open', 'require_approval agent-instructions'],
		['/ws/proj/.cursorrules', 'open', 'require_approval agent-instructions'],
		['/ws/proj/.github/copilot-instructions.md', 'open', 'require_approval agent-instructions'],
		['/ws/proj/.env', 'require_approval environment-file', 'require_approval environment-file'],
		['/ws/proj/.env.local', 'require_approval environment-file', 'require_approval environment-file'],
		['/ws/proj/.envrc', 'require_approval environment-file', 'require_approval environment-file'],
		['/ws/proj/certs/server.key', 'require_approval key-file', 'require_approval key-file'],
		['/ws/proj/certs/server.pem', 'require_approval key-file', 'require_approval key-file'],
		['/ws/proj/id_rsa', 'deny credentials', 'deny credentials'],
		['/ws/proj/.npmrc', 'require_approval package-credentials', 'require_approval package-credentials'],
		['/home/u/.npmrc', 'deny package-credentials', 'deny package-credentials'],
		['/home/u/.pypirc', 'deny credentials', 'deny credentials'],
		['/home/u/.netrc', 'deny credentials', 'deny credentials'],
		['/home/u/.ssh', 'deny credentials', 'deny credentials'],
		['/home/u/.ssh/config', 'deny credentials', 'deny credentials'],
		['/root/.ssh/id_ed25519', 'deny credentials', 'deny credentials'],
		['/home/u/.gnupg/x', 'deny credentials', 'deny credentials'],
		['/home/u/.aws/credentials', 'deny credentials', 'deny credentials'],
		['/home/u/.azure/x', 'deny credentials', 'deny credentials'],
		['/home/u/.kube/config', 'deny credentials', 'deny credentials'],
		['/home/u/.docker/config.json', 'deny credentials', 'deny credentials'],
		['/home/u/.config/gcloud/x/y', 'deny credentials', 'deny credentials'],
		['/home/u/.config/gh/hosts.yml', 'deny credentials', 'deny credentials'],
		['/home/u/.bashrc', 'open', 'deny shell-startup'],
		['/home/u/.zshrc', 'open', 'deny shell-startup'],
		['/home/u/.profile', 'open', 'deny shell-startup'],
		['/ws/proj/dotfiles/.profile', 'open', 'require_approval shell-startup'],
		['/home/u/.config/fish/config.fish', 'open', 'deny shell-startup'],
		['/home/u/.config/powershell/Microsoft.PowerShell_profile.ps1', 'open', 'deny shell-startup'],
		['/home/u/.config/autostart/x.desktop', 'open', 'deny autostart'],
		['/home/u/.config/systemd/user/x.service', 'open', 'deny autostart'],
		['/home/u/Library/LaunchAgents/x.plist', 'open', 'deny autostart'],
		['/etc/cron.d/x', 'open', 'deny autostart'],
		['/etc/crontab', 'open', 'deny autostart'],
		['/var/spool/cron/crontabs/u', 'open', 'deny autostart'],
		['/etc/shadow', 'deny credentials', 'deny credentials'],
		['/proc/self/environ', 'deny credentials', 'deny credentials'],
		['/home/u/.gitconfig', 'open', 'deny git-settings'],
		['/home/u/.vscode/extensions/a/x.js', 'open', 'deny editor-code'],
		['/home/u/.config/Code/User/settings.json', 'open', 'deny editor-code'],
	])('%s: read %s, write %s', (path, reading, writing) => {
		expect(of(path, READ)).toBe(reading);
		expect(of(path, WRITE)).toBe(writing);
		for (const capability of ['filesystem.delete', 'shell.execute', 'unknown', 'network.send', '']) {
			expect(of(path, capability)).toBe(writing);
		}
	});
	it.each([
		['/ws/proj/.git', 'deny git-folder', 'require_approval git-folder'],
		['/ws/proj/sub/.git', 'deny git-folder', 'require_approval git-folder'],
		['/ws/proj/.git/HEAD', 'deny git-folder', 'require_approval git-folder'],
		['/ws/proj/.git/modules/a/index', 'deny git-folder', 'require_approval git-folder'],
		['/ws/proj/Makefile', 'require_approval build-code', 'open'],
		['/ws/proj/pyproject.toml', 'require_approval build-code', 'open'],
		['/ws/proj/sub/conftest.py', 'require_approval build-code', 'open'],
		['/ws/proj/setup.py', 'require_approval build-code', 'open'],
		['/ws/proj/build.rs', 'require_approval build-code', 'open'],
		['/ws/proj/.cargo/config.toml', 'require_approval build-code', 'open'],
		['/ws/proj/gradle/wrapper/gradle-wrapper.properties', 'require_approval build-code', 'open'],
		['/ws/proj/docker-compose.yml', 'require_approval build-code', 'open'],
		['/home/u/.local/bin/git', 'deny command-folders', 'open'],
		['/usr/local/bin/node', 'deny command-folders', 'open'],
	])('PATH-18 nobody reads %s secretly; write %s, in a command line %s', (path, writing, program) => {
		expect(of(path, READ)).toBe('open');
		expect(of(path, WRITE)).toBe(writing);
		expect(of(path, 'unknown')).toBe(writing);
		expect(of(path, 'shell.execute')).toBe(program);
	});
	it.each([
		['/ws/proj/.gitattributes', 'open', 'require_approval repository-settings'],
		['/ws/proj/.idea/workspace.xml', 'open', 'require_approval editor-settings'],
		['/ws/proj/.cursor/hooks.json', 'open', 'require_approval agent-instructions'],
		['/ws/proj/.lintstagedrc.js', 'open', 'require_approval commit-hooks'],
		['/ws/proj/.forgejo/workflows/x.yml', 'open', 'require_approval ci-workflow'],
		['/ws/proj/.windsurf/mcp_config.json', 'open', 'deny mcp-servers'],
		['/ws/proj/.vimrc', 'open', 'require_approval editor-startup'],
		['/home/u/.vimrc', 'open', 'deny editor-startup'],
		['/home/u/.config/nvim/init.lua', 'open', 'deny editor-startup'],
		['/home/u/.gradle/init.gradle', 'open', 'deny build-code-of-all'],
		['/home/u/.config/containers/systemd/x.container', 'open', 'deny autostart'],
		['/etc/ld.so.conf.d/x.conf', 'open', 'deny autostart'],
		['/etc/gitconfig', 'open', 'deny git-settings'],
		['/home/u/.claude/.credentials.json', 'deny credentials', 'deny credentials'],
		['/home/u/.config/github-copilot/apps.json', 'deny credentials', 'deny credentials'],
		['/home/u/.mozilla/firefox/x/cookies.sqlite', 'deny credentials', 'deny credentials'],
		['/home/u/.bash_history', 'require_approval shell-history', 'require_approval shell-history'],
	])('PATH-18 %s: read %s, write %s', (path, reading, writing) => {
		expect(of(path, READ)).toBe(reading);
		expect(of(path, WRITE)).toBe(writing);
	});
	it.each([
		'/ws/proj/docs/environment.md',
		'/ws/proj/my.envoy.yaml',
		'/ws/proj/.environment',
		'/ws/proj/.envoy/x.yaml',
		'/ws/proj/.env.example',
		'/ws/proj/.env.template',
		'/ws/proj/.env/lib/python3/site.py',
		'/ws/proj/src/env.ts',
		'/ws/proj/docs.env.md',
		'/ws/proj/src/git/hooks/x.ts',
		'/ws/proj/.github/CODEOWNERS',
		'/ws/proj/.githooks.md',
		'/ws/proj/.gitignore',
		'/ws/proj/.git-hooks/x',
		'/ws/proj/src/hooks/useX.ts',
		'/ws/proj/vscode/settings.json',
		'/ws/proj/.vscode/notes/a.md',
		'/ws/proj/package.json.md',
		'/ws/proj/package-lock.json',
		'/ws/proj/my-mcp.json.ts',
		'/ws/proj/ssh/x',
		'/ws/proj/.sshx/y',
		'/ws/proj/monkey.ts',
		'/ws/proj/src/key',
		'/ws/proj/keys.ts',
		'/ws/proj/profile.ts',
		'/ws/proj/.config/other/x',
		'/ws/proj/docs/AGENTS.md.txt',
		'/ws/proj/agents.ts',
		'/ws/etc/shadow',
		'/ws/etc/cron.d/x',
		'/home/u/.config',
		'/',
	])('ARG-12 %s is open', path => {
		expect(of(path, READ)).toBe('open');
		expect(of(path, WRITE)).toBe('open');
	});
	it('names are compared as the file system compares them', () => {
		for (const path of ['/ws/proj/.GIT/Hooks/x', '/ws/proj/.Env', '/home/u/.SSH/x', '/ws/proj/Package.JSON']) {
			expect(of(path, WRITE)).toBe('open');
			expect(of(path, WRITE, FOLDED)).not.toBe('open');
		}
	});
	it('Windows has its own places', () => {
		for (const [path, expected] of [
			['C:/Users/u/.ssh/id_rsa', 'deny credentials'],
			['C:/Users/u/AppData/Roaming/GitHub CLI/hosts.yml', 'deny credentials'],
			['C:/Users/u/Documents/PowerShell/Microsoft.PowerShell_profile.ps1', 'deny shell-startup'],
			['C:/Users/u/AppData/Roaming/Microsoft/Windows/Start Menu/Programs/Startup/x.lnk', 'deny autostart'],
			['C:/ws/proj/.Git/HOOKS/x', 'deny git-internals'],
			['C:/ws/proj/.bashrc', 'require_approval shell-startup'],
		] as const) {
			expect(of(path, WRITE, WIN)).toBe(expected);
		}
	});
	it('PATH-18 holds whatever the policy allows', async () => {
		const all = 'allow:\n  - filesystem.*\n';
		expect((await verdictOf(all, write('/ws/proj/.git/hooks/pre-commit'))).effect).toBe('deny');
		expect((await verdictOf(all, write('/ws/proj/x/../.git/hooks/pre-commit'))).effect).toBe('deny');
		expect((await verdictOf(all, write('/ws/proj/.vscode/mcp.json'))).effect).toBe('deny');
		expect((await verdictOf(all, write('/ws/proj/.vscode/tasks.json'))).effect).toBe('require_approval');
		expect((await verdictOf(all, write('/ws/proj/package.json'))).effect).toBe('require_approval');
		expect((await verdictOf(all, read('/ws/proj/.env'))).effect).toBe('require_approval');
		expect((await verdictOf(all, read('~/.ssh/id_rsa'))).effect).toBe('deny');
		expect((await verdictOf(all, write('/ws/proj/src/a.ts'))).effect).toBe('allow');
		const resolver = disk({ '/ws/proj/l': '/ws/proj/.git' });
		expect((await verdictOf(all, write('/ws/proj/l/hooks/x', { resolver }))).effect).toBe('deny');
	});
	it('a relative path without a root is judged by its names, a path that cannot be judged is asked for', async () => {
		const all = 'allow:\n  - filesystem.*\n';
		expect((await verdictOf(all, write('.git/hooks/x'))).effect).toBe('deny');
		expect((await verdictOf(all, write('src/a.ts'))).effect).toBe('allow');
		expect((await verdictOf(all, write('/ws/proj/.git\u200b/hooks/x'))).effect).toBe('require_approval');
	});
	it('any place is protected below any folder', () => {
		const folders = fc.array(fc.stringMatching(/^[a-z]{1,5}$/), { maxLength: 3 }).map(parts => parts.join('/'));
		const places = PROTECTED_PLACES.flatMap(({ id, places: all }) => all.map(place => [id, place] as const));
		fc.assert(
			fc.property(fc.constantFrom(...places), folders, ([id, place], folder) => {
				const tail = place.replaceAll('**', 'q/r').replaceAll('*', 'q') + (place.endsWith('/') ? 'x' : '');
				const path = place.startsWith('/') ? tail : `/o${folder === '' ? '' : `/${folder}`}/${tail}`;
				expect(of(path, WRITE), `${id} ${path}`).not.toBe('open');
			}),
		);
	});
	it('the list is sound: ids and places are unique', () => {
		const all = PROTECTED_PLACES.flatMap(({ places }) => places);
		expect(new Set(all).size).toBe(all.length);
		expect(new Set(PROTECTED_PLACES.map(({ id }) => id)).size).toBe(PROTECTED_PLACES.length);
		expect(all.filter(place => place === '' || /[{}[\]?\\]/.test(place))).toEqual([]);
	});
});

describe('trees that hold protected paths', () => {
	const below = (path: string, capability: string, host = HOST) => {
		const protection = protectionBelow(path, capability, host);
		return protection === undefined ? 'open' : `${protection.effect} ${protection.id}`;
	};
	it.each([
		['/ws/proj/src', READ, 'open'],
		['/ws/proj/src', WRITE, 'open'],
		['/ws/proj/.git', 'filesystem.delete', 'require_approval git-internals'],
		['/ws/other/.git', 'filesystem.delete', 'deny git-internals'],
		['/ws/other/.git', READ, 'open'],
		['/ws/proj/.vscode', WRITE, 'require_approval mcp-servers'],
		['/home/u/.config', READ, 'deny credentials'],
		['/home/u', READ, 'deny credentials'],
		['/home', READ, 'deny credentials'],
		['/', READ, 'deny credentials'],
		['/', 'shell.execute', 'require_approval credentials'],
		['/etc', WRITE, 'deny credentials'],
		['/home/v', READ, 'open'],
		['/ws', READ, 'open'],
		['/ws', 'filesystem.delete', 'require_approval workspace-tree'],
		['/ws/proj', 'shell.execute', 'require_approval workspace-tree'],
	])('%s for %s: %s', (path, capability, expected) => {
		expect(below(path, capability)).toBe(expected);
	});
	it('a change to the whole workspace asks', () => {
		expect(below('/ws', 'filesystem.delete', HOST)).toBe('require_approval workspace-tree');
		expect(below('/ws/proj', WRITE, HOST)).toBe('require_approval workspace-tree');
		expect(below('/ws/proj', READ, HOST)).toBe('open');
	});
	it('the strictest of all paths and forms counts, below a path only when the call is recursive', async () => {
		const strictest = async (tool: string, args: Record<string, string>, capability: string) => {
			const facts = await collectPathFacts(args, undefined, ['/ws/proj'], HOST, disk(), { tool, capability });
			const protection = strictestProtection({ ...facts, capability, host: HOST });
			return protection && `${protection.effect} ${protection.id}`;
		};
		expect(await strictest('list_directory', { path: '/home/u' }, READ)).toBeUndefined();
		expect(await strictest('directory_tree', { path: '/home/u' }, READ)).toBe('deny credentials');
		expect(await strictest('read', { a: '/ws/proj/.env', b: '/etc/shadow' }, READ)).toBe('deny credentials');
		expect(await strictest('move_file', { source: '/ws/proj/.git', destination: '/x' }, WRITE)).toBe(
			'deny git-folder',
		);
		expect(await strictest('read', { path: 'https://example.org/.env' }, READ)).toBeUndefined();
	});
});
