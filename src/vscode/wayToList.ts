import { commandIds } from './contributions';
import { type MessageButton } from './restrictedWorkspace';
import { say } from './say';

/** Whose settings a list of servers stands in; undefined for a policy of the organisation, which nobody can edit here. */
export type ListPlace = 'user' | 'workspace' | undefined;

/**
 * The way to what keeps a server from running: the line of a policy file, the setting, or, where the organisation has handed it
 * out by a policy of VS Code, the page that explains it. `source` is that of a verdict (serverLists.ts).
 */
export function wayToList(source: string, placeOf: (key: string) => ListPlace, handbook: unknown): MessageButton {
	const [, file, line] = /^(.+):(\d+)$/s.exec(source) ?? [];
	if (file !== undefined) {
		return { title: say('Show Policy'), command: commandIds.openPolicy, args: [{ file, line: Number(line) }] };
	}
	if (source === 'chat.mcp.access') {
		return openSettings('workbench.action.openSettings', `@id:${source}`);
	}
	// VS Code leaves its lists out of the settings editor: they are to be seen in the file alone.
	switch (placeOf(source)) {
		case 'user':
			return openSettings('workbench.action.openSettingsJson', { revealSetting: { key: source } });
		case 'workspace':
			return openSettings('workbench.action.openWorkspaceSettingsFile');
		case undefined:
			return { title: say('Learn More'), command: 'markdown.showPreview', args: [handbook] };
	}
}

function openSettings(command: string, ...args: readonly unknown[]): MessageButton {
	return { title: say('Open Settings'), command, args };
}
