import { describe, expect, it } from 'vitest';
import { commandIds } from '../../../src/vscode/contributions';
import { type ListPlace, wayToList } from '../../../src/vscode/wayToList';

const LIST = 'chat.mcp.deniedServers';
const way = (source: string, place?: ListPlace) => wayToList(source, key => (key === LIST ? place : undefined), 'page');

describe('the way to what keeps a server from running', () => {
	it('leads to the line of the organisation’s policy file, whatever its path holds', () => {
		const args = [{ file: 'C:\\org:1\\policy.yaml', line: 12 }];
		expect(way('C:\\org:1\\policy.yaml:12')).toEqual({
			title: 'Show Policy',
			command: commandIds.openPolicy,
			args,
		});
	});

	it('leads to the setting where the person, or the workspace, has set it', () => {
		const user = way(LIST, 'user');
		expect(user.title).toBe('Open Settings');
		expect(user.command).toBe('workbench.action.openSettingsJson');
		expect(user.args).toEqual([{ revealSetting: { key: LIST } }]);
		expect(way(LIST, 'workspace').command).toBe('workbench.action.openWorkspaceSettingsFile');
		const access = way('chat.mcp.access');
		expect([access.command, access.args]).toEqual(['workbench.action.openSettings', ['@id:chat.mcp.access']]);
	});

	it('leads to the page about organisations where nobody here has set it', () => {
		expect(way(LIST)).toEqual({ title: 'Learn More', command: 'markdown.showPreview', args: ['page'] });
	});
});
