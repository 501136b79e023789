import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as vscode from 'vscode';
import { samePath } from '../base/samePath';
import { upstreamEnvironment } from '../proxy/upstream/environment';
import { resolveCommand } from '../proxy/upstream/resolveCommand';
import { isWithin, type OriginRead, readOriginFile, replaceOriginFile } from '../storage/originFile';
import { commandIds, settingIds } from './contributions';
import { setting } from './effectiveSettings';
import { problemText } from './problemText';
import { quoteForPerson } from './quote';
import { manageTrust, restrictedReason } from './restrictedWorkspace';
import { SAMPLE_PACKAGE, SAMPLE_PROPERTY, withSample } from './sampleServer';
import { say } from './say';

/**
 * "Add a Sample Server…": shows an entry for MCP's own file server on the open folder and, where the person says so, writes it
 * into `.vscode/mcp.json`; then offers to guard it. Starts and fetches nothing itself.
 */
export async function addSampleServer(): Promise<void> {
	const folder = await openFolder();
	if (folder === undefined) {
		return;
	}
	const file = join(folder, '.vscode', 'mcp.json');
	const name = quoteForPerson(file, 300);
	const read = await readOriginFile(file, folder);
	const insertion = read.kind === 'problem' ? read : withSample(read.kind === 'file' ? read.text : '');
	if (insertion.kind === 'already-there') {
		await offerToGuard(say('The sample server is in {0} already.', name));
		return;
	}
	if (insertion.kind === 'problem') {
		tellProblem(name, problemText(insertion.problem));
		return;
	}
	if (!(await confirm(name))) {
		return;
	}
	const problem = await write(read, file, folder, insertion.text);
	if (problem !== undefined) {
		tellProblem(name, problem);
		return;
	}
	await vscode.window.showTextDocument(vscode.Uri.file(file), { preview: true });
	// Where servers that are not guarded are told of, this one is told of as well, and nothing is said twice.
	if (!setting<boolean>(settingIds.notices, true)) {
		await offerToGuard(say('The sample server was added. It is not guarded yet.'));
	}
}

/** The folder, the one that the person chooses of several, or the way to one. */
async function openFolder(): Promise<string | undefined> {
	const [folder, ...others] = (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === 'file');
	if (folder !== undefined && vscode.workspace.isTrusted) {
		const chosen = others.length === 0 ? folder : await vscode.window.showWorkspaceFolderPick();
		return chosen?.uri.scheme === 'file' ? chosen.uri.fsPath : undefined;
	}
	const [message, { title, command }] =
		folder === undefined
			? [
					say('Open a folder first: the sample server reads and writes there, and nowhere else.'),
					{ title: say('Open Folder…'), command: 'vscode.openFolder' },
				]
			: [restrictedReason(), manageTrust()];
	if ((await vscode.window.showErrorMessage(message, title)) === title) {
		await vscode.commands.executeCommand(command);
	}
	return undefined;
}

async function confirm(file: string): Promise<boolean> {
	const add = say('Add');
	const detail = [
		say('This entry goes into {0}:', file),
		'',
		SAMPLE_PROPERTY.replaceAll('\t', '  '),
		'',
		say(
			'It is the file server of the Model Context Protocol project and reaches this folder alone. Nothing is started now.',
		),
		say(
			'When you guard it, npx fetches {0} from the npm registry, if it is not on this machine yet.',
			SAMPLE_PACKAGE,
		),
		...((await hasNpx())
			? []
			: [say('npx was not found: install Node.js first (nodejs.org), or the server cannot be started.')]),
	].join('\n');
	const message = say('Add a sample server to this workspace?');
	return (await vscode.window.showInformationMessage(message, { modal: true, detail }, add)) === add;
}

/** Gives the problem. A folder or file that leads out of the workspace is never written to. */
async function write(read: OriginRead, file: string, folder: string, text: string): Promise<string | undefined> {
	if (vscode.workspace.textDocuments.some(({ uri, isDirty }) => isDirty && samePath(uri.fsPath, file))) {
		return say('it has unsaved changes');
	}
	if (read.kind === 'file') {
		const problem = await replaceOriginFile(read, folder, text);
		return problem && problemText(problem);
	}
	await mkdir(dirname(file), { recursive: true });
	if (!(await isWithin(dirname(file), folder))) {
		return say('it is a link to a place outside its folder');
	}
	await writeFile(file, text, { flag: 'wx' });
	return undefined;
}

function tellProblem(file: string, problem: string): void {
	void vscode.window.showErrorMessage(
		say('MCP Firewall: the sample server cannot be put into {0}: {1}.', file, quoteForPerson(problem, 200)),
	);
}

async function offerToGuard(message: string): Promise<void> {
	const guard = say('Guard It');
	if ((await vscode.window.showInformationMessage(`MCP Firewall: ${message}`, guard)) === guard) {
		await vscode.commands.executeCommand(commandIds.guardServers);
	}
}

async function hasNpx(): Promise<boolean> {
	const { platform } = process;
	const env = upstreamEnvironment(process.env, {}, platform);
	return resolveCommand('npx', { cwd: process.cwd(), env, platform }).then(
		() => true,
		() => false,
	);
}
