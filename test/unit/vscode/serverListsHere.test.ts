import { beforeEach, describe, expect, it, vi } from 'vitest';
import { judgeServer, listedServer, listRefusal, placesOf } from '../../../src/domain/registry/serverLists';
import { editorServerLists, notListedHere } from '../../../src/vscode/serverListsHere';

interface Scopes {
	readonly policy?: unknown;
	readonly user?: unknown;
	readonly workspace?: unknown;
}

const editor = vi.hoisted<{ values: Record<string, Scopes> }>(() => ({ values: {} }));

vi.mock('vscode', () => ({
	workspace: {
		getConfiguration: () => ({
			get: (key: string) => {
				const { policy, workspace, user } = editor.values[key] ?? {};
				return policy ?? workspace ?? user;
			},
			// A policy of VS Code is told to nobody but by what is in effect.
			inspect: (key: string) => ({
				globalValue: editor.values[key]?.user,
				workspaceValue: editor.values[key]?.workspace,
			}),
		}),
	},
}));

beforeEach(() => (editor.values = {}));

const NOTES = [{ serverName: 'notes' }];
const FILES = [{ serverName: 'files' }];
const notes = { name: 'notes', launch: { kind: 'stdio', command: 'node', args: [], env: [] } } as const;
const files = { ...notes, name: 'files' };
const denied = (value: unknown) => ({ source: 'chat.mcp.deniedServers', denied: value });
const allowed = (value: unknown) => ({ source: 'chat.mcp.allowedServers', allowed: value });

/** What sessions of other folders are kept from, without a window. */
function barsElsewhere(server: typeof notes | typeof files): boolean {
	const { everywhere } = editorServerLists();
	const verdict = judgeServer(placesOf(everywhere), listedServer(server.name, server.launch), 'resolved');
	return listRefusal(verdict) !== undefined;
}

describe('INVARIANT 4: a workspace only tightens VS Code’s lists of servers', () => {
	it('what it says holds for its own folders, what the person or a policy says everywhere', () => {
		editor.values = {
			deniedServers: { user: NOTES, workspace: FILES },
			allowedServers: { workspace: [] },
			access: { policy: 'registry', workspace: 'none' },
		};
		expect(editorServerLists()).toEqual({
			everywhere: [denied(NOTES), { source: 'chat.mcp.access', access: 'registry' }],
			ofWorkspace: {
				lists: [allowed([]), denied(FILES), { source: 'chat.mcp.access', access: 'none' }],
				perhapsShared: [allowed([]), denied(FILES)],
			},
		});
		expect([barsElsewhere(notes), notListedHere(files, 'resolved') !== undefined]).toEqual([true, true]);
	});

	it('what the person says as well holds everywhere, and what a policy may say as well is told', () => {
		editor.values = { deniedServers: { user: NOTES, workspace: NOTES } };
		expect(editorServerLists()).toMatchObject({ everywhere: [denied(NOTES)], ofWorkspace: { perhapsShared: [] } });
		editor.values = { deniedServers: { policy: NOTES, workspace: NOTES } };
		expect(editorServerLists()).toMatchObject({ everywhere: [], ofWorkspace: { perhapsShared: [denied(NOTES)] } });
		editor.values = { deniedServers: { policy: NOTES, workspace: FILES } };
		expect(editorServerLists()).toMatchObject({ everywhere: [denied(NOTES)], ofWorkspace: { perhapsShared: [] } });
	});

	it.each([
		['all', 'none'],
		['all', 'registry'],
	])('its access: %s over the person’s %s lets nothing run, here and elsewhere', (workspace, user) => {
		editor.values = { access: { user, workspace } };
		expect(editorServerLists().everywhere).toEqual([{ source: 'chat.mcp.access', access: user }]);
		expect([barsElsewhere(notes), notListedHere(notes, 'resolved') !== undefined]).toEqual([true, true]);
	});

	it('neither its allowManagedServersOnly: false nor a list of its own stands in for a policy’s list', () => {
		editor.values = {
			allowManagedServersOnly: { user: true, workspace: false },
			allowedServers: { workspace: NOTES },
		};
		expect([barsElsewhere(notes), notListedHere(notes, 'resolved') !== undefined]).toEqual([true, true]);
		editor.values = { allowManagedServersOnly: { policy: true }, allowedServers: { policy: NOTES } };
		expect([barsElsewhere(notes), barsElsewhere(files)]).toEqual([false, true]);
	});
});
