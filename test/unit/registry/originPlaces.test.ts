import { describe, expect, it } from 'vitest';
import { type JsonValue } from '../../../src/base/json';
import {
	folderOfOrigin,
	keptOrigin,
	originPlaces,
	placeToOpen,
	type PlacesHost,
} from '../../../src/domain/registry/originPlaces';
import { readServerEntry } from '../../../src/domain/registry/readServerEntry';
import { type ServerOrigin } from '../../../src/domain/registry/serverEntry';
import { serverFolderOf } from '../../../src/firewall/serverFolder';
import { systemHost } from '../../../src/storage/system';
import { aServerEntry } from '../support/serverEntries';
import { folderOf, mcpFiles } from '../../../src/vscode/mcpFiles';

const HOST: PlacesHost = {
	platform: 'linux',
	home: '/home/p',
	env: {},
	folders: ['/ws'],
	userFolders: ['/home/p/.config/Code/User/profiles/x', '/home/p/.config/Code/User'],
	workspaceFile: '/home/p/a.code-workspace',
	remote: false,
	devcontainers: ['/ws/.devcontainer/api/devcontainer.json', '/other/.devcontainer/api/devcontainer.json'],
};
const files = (host: Partial<PlacesHost>) =>
	originPlaces({ ...HOST, ...host }).map(({ kind, file }) => `${kind} ${file}`);

describe('originPlaces', () => {
	it('C7 names every file in which a server can be defined', () => {
		expect(files({}).sort()).toEqual(
			[
				'workspace /ws/.vscode/mcp.json',
				'settings /ws/.vscode/settings.json',
				'project /ws/.mcp.json',
				'github /ws/.github/mcp.json',
				'cursor /ws/.cursor/mcp.json',
				'devcontainer /ws/.devcontainer/devcontainer.json',
				'devcontainer /ws/.devcontainer.json',
				'devcontainer /ws/.devcontainer/api/devcontainer.json',
				'code-workspace /home/p/a.code-workspace',
				'user /home/p/.config/Code/User/profiles/x/mcp.json',
				'settings /home/p/.config/Code/User/profiles/x/settings.json',
				'user /home/p/.config/Code/User/mcp.json',
				'settings /home/p/.config/Code/User/settings.json',
				'settings /home/p/.config/Code/Machine/settings.json',
				'remote-user /home/p/.vscode-server/data/User/mcp.json',
				'remote-user /home/p/.vscode-server-insiders/data/User/mcp.json',
				'remote-user /home/p/.vscode-remote/data/User/mcp.json',
				'copilot /home/p/.copilot/mcp-config.json',
				'claude /home/p/.claude.json',
				'claude /home/p/.config/Claude/claude_desktop_config.json',
				'cursor /home/p/.cursor/mcp.json',
				'windsurf /home/p/.codeium/windsurf/mcp_config.json',
				'windsurf /home/p/.codeium/mcp_config.json',
			].sort(),
		);
	});

	it('follows the platform and what the clients let a person move, but no relative path', () => {
		const windows = files({
			platform: 'win32',
			home: 'C:\\Users\\p',
			folders: ['C:\\ws'],
			env: { APPDATA: 'C:\\R' },
		});
		expect(windows).toContain('claude C:\\R\\Claude\\claude_desktop_config.json');
		expect(windows).toContain('workspace C:\\ws\\.vscode\\mcp.json');
		const mac = files({ platform: 'darwin', env: { COPILOT_HOME: '/c', CLAUDE_CONFIG_DIR: 'x' } });
		expect(mac).toContain('claude /home/p/Library/Application Support/Claude/claude_desktop_config.json');
		expect(mac).toContain('copilot /c/mcp-config.json');
		expect(mac).toContain('claude /home/p/.claude.json');
	});

	it('takes the editor of another machine for what it is, and each file once', () => {
		const remote = files({ remote: true, userFolders: ['/home/p/.vscode-server/data/User'] });
		expect(remote.filter(each => each.includes('.vscode-server/data/User/mcp.json'))).toEqual([
			'remote-user /home/p/.vscode-server/data/User/mcp.json',
		]);
	});

	it('keeps each file within its folder or its home', () => {
		for (const { file, within } of originPlaces(HOST)) {
			expect(file.startsWith(`${within}/`)).toBe(true);
		}
	});
});

describe('folderOf', () => {
	const at = (kind: 'project' | 'cursor' | 'devcontainer' | 'settings' | 'code-workspace' | 'claude', file: string) =>
		aServerEntry({ origin: { kind, file } });

	it.each([
		['project', '/ws/.mcp.json', { folder: '/ws' }],
		['project', '/else/.mcp.json', 'elsewhere'],
		['settings', '/else/.vscode/settings.json', 'elsewhere'],
		['settings', '/home/p/.config/Code/User/settings.json', { folder: '/ws' }],
		['devcontainer', '/else/.devcontainer/api/devcontainer.json', 'elsewhere'],
		['devcontainer', '/ws/.devcontainer/api/devcontainer.json', { folder: '/ws' }],
		['cursor', '/else/.cursor/mcp.json', 'elsewhere'],
		['cursor', '/home/p/.cursor/mcp.json', { folder: '/ws' }],
		['claude', '/home/p/.claude.json', { folder: '/ws' }],
		['code-workspace', '/home/p/a.code-workspace', { folder: '/ws' }],
		['code-workspace', '/home/p/b.code-workspace', 'elsewhere'],
	] as const)('a server of %s in %s belongs to %j', (kind, file, expected) => {
		const window = { userHome: '/home/p', workspaceFile: '/home/p/a.code-workspace' };
		expect(folderOf(at(kind, file), ['/ws'], window)).toEqual(expected);
	});

	it.each([
		['project', '/ws/.mcp.json', { folder: '/ws' }],
		['settings', '/two/.vscode/settings.json', { folder: '/two' }],
		['project', '/else/.mcp.json', 'elsewhere'],
		['settings', '/home/p/.config/Code/User/settings.json', {}],
		['cursor', '/home/p/.cursor/mcp.json', {}],
		['code-workspace', '/home/p/a.code-workspace', {}],
		['code-workspace', '/home/p/b.code-workspace', 'elsewhere'],
	] as const)('with several folders open, a server of %s in %s belongs to %j', (kind, file, expected) => {
		const window = { userHome: '/home/p', workspaceFile: '/home/p/a.code-workspace' };
		expect(folderOf(at(kind, file), ['/two', '/ws'], window)).toEqual(expected);
	});

	it('what a file of no folder keeps for one project is of that folder, however many are open', () => {
		const origin = { kind: 'claude', file: '/home/p/.claude.json', project: '/ws' } as const;
		const entry = aServerEntry({ origin });
		expect(folderOf(entry, ['/two', '/ws'], { userHome: '/home/p' })).toEqual({ folder: '/ws' });
		expect(folderOf(entry, ['/ws'], { userHome: '/home/p' })).toEqual({ folder: '/ws' });
		expect(folderOf(entry, ['/two'], { userHome: '/home/p' })).toBe('elsewhere');
		expect(keptOrigin({ ...origin, within: '/home/p', folder: '/ws' } as ServerOrigin)).toEqual(origin);
		expect([placeToOpen(origin), placeToOpen({ kind: 'claude', file: '/f' })]).toEqual(['/ws', '/f']);
		expect(readServerEntry(JSON.parse(JSON.stringify(entry)) as JsonValue)).toEqual(entry);
		// So that the policy of that folder alone may open something to it.
		const brought = { folder: folderOfOrigin(origin, '/home/p')! };
		expect(serverFolderOf(brought, systemHost(['/two', '/ws'], 'linux', '/home/p'))).toBe('/ws');
		expect(serverFolderOf(brought, systemHost(['/ws'], 'linux', '/home/p'))).toBeUndefined();
	});

	it.each([
		['of a client that has no projects', { kind: 'cursor', file: '/f', project: '/ws' }],
		['that is counted from somewhere', { kind: 'claude', file: '/f', project: 'ws' }],
		['that is no text', { kind: 'claude', file: '/f', project: 1 }],
	])('a project %s is no entry of the registry', (_what, origin) => {
		const entry = { ...aServerEntry(), origin } as unknown as JsonValue;
		expect(readServerEntry(entry)).toMatchObject({ pointer: '/origin/project' });
	});

	it('${workspaceFolder} of a file of no folder means the only open folder, and none of several', () => {
		const workspaceFile = '/home/p/a.code-workspace';
		const foldersOf = (folders: readonly string[]) =>
			new Map(originPlaces({ ...HOST, folders, workspaceFile }).map(({ file, folder }) => [file, folder]));
		expect(foldersOf(['/ws']).get(workspaceFile)).toBe('/ws');
		const several = foldersOf(['/ws', '/two']);
		expect(several.get('/ws/.vscode/mcp.json')).toBe('/ws');
		expect(several.get('/two/.vscode/mcp.json')).toBe('/two');
		expect([...several].filter(([file, folder]) => folder !== undefined && !file.startsWith(`${folder}/`))).toEqual(
			[],
		);
	});

	it.each([
		['/.vscode/mcp.json', '/'],
		['C:\\.vscode\\mcp.json', 'C:\\'],
		['\\\\host\\share\\.vscode\\mcp.json', '\\\\host\\share'],
		['/ws/my.vscode/mcp.json', undefined],
	])('a root is a folder, too: %s', (file, folder) => {
		expect(folderOfOrigin({ kind: 'workspace', file }, HOST.home)).toBe(folder);
	});

	it('knows the folder of every file of a folder', () => {
		for (const place of originPlaces({ ...HOST, folders: ['/ws', '/two words'] })) {
			const own = ['/ws', '/two words'].find(folder => place.file.startsWith(`${folder}/`));
			expect(folderOfOrigin(place, HOST.home)).toBe(own);
		}
	});

	it('looks into the files of VS Code alone where nothing is said of the machine', () => {
		expect(mcpFiles(['/ws'], '/u/User/globalStorage/x').map(({ file }) => file)).toEqual([
			'/ws/.vscode/mcp.json',
			'/u/User/mcp.json',
		]);
	});
});
