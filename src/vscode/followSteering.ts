import { homedir } from 'node:os';
import * as vscode from 'vscode';
import { type Clock } from '../base/clock';
import { digestJson, sha256Hex } from '../base/digest';
import { type KnownTexts, type SteeringText } from '../domain/registry/steeringChanges';
import { steeringPlaces } from '../domain/registry/steeringPlaces';
import { userFoldersOf } from '../storage/settingsFolders';
import { innerCommandIds, settingIds } from './contributions';
import { steeringText } from './coverageText';
import { workspaceFolders } from './servedServers';
import { Steering } from './steering';
import { setting } from './effectiveSettings';
import { say } from './say';

const KNOWN = 'steering.known';
const SHOW = () => say('Show Coverage');

/** Follows the texts that steer agents in this window; `onLook` is called after each look. */
export function followSteering(context: vscode.ExtensionContext, clock: Clock, onLook: () => void): Steering {
	const userFolders = userFoldersOf(context.globalStorageUri.fsPath);
	const steering = new Steering({
		places: () =>
			steeringPlaces({
				...{ platform: process.platform, home: homedir(), folders: workspaceFolders(), userFolders },
			}),
		tools: () => toolTexts(vscode.lm.tools),
		memory: {
			get: () => context.globalState.get<KnownTexts>(KNOWN, {}),
			set: async known => {
				await context.globalState.update(KNOWN, known);
			},
		},
		tell: changes => void showWith(steeringText(changes)),
		...{ clock, onLook },
	});
	void steering.look();
	return steering;
}

/** A message with the way to the whole of it. Says nothing where a person has turned notices off. */
export async function showWith(text: string): Promise<void> {
	if (
		setting<boolean>(settingIds.notices, true) &&
		(await vscode.window.showWarningMessage(text, SHOW())) === SHOW()
	) {
		await vscode.commands.executeCommand(innerCommandIds.showCoverage);
	}
}

/** Tools that extensions contribute themselves; those of MCP servers are the registry's. */
function toolTexts(tools: readonly vscode.LanguageModelToolInformation[]): readonly SteeringText[] {
	return tools
		.filter(({ name }) => !name.startsWith('mcp_'))
		.map(({ name, description, inputSchema }) => ({
			...{ kind: 'tool' as const, scope: 'tools', path: name },
			digest: digestJson({ description, schema: sha256Hex(JSON.stringify(inputSchema ?? null)) }),
		}));
}
