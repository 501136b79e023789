import { constants } from 'node:fs';
import { copyFile, mkdir } from 'node:fs/promises';
import { platform } from 'node:os';
import { dirname, join } from 'node:path';
import * as vscode from 'vscode';
import { type LockedSetting } from '../domain/policy/organisationLocks';
import { type PolicyLoad } from '../domain/policy/policy';
import { systemPolicyFile } from '../storage/organisationFile';
import { type PolicyFilesOptions } from '../storage/policyReading';
import { compositionFile, presets, settingIds, workspacePolicyFile } from './contributions';
import { lockOn } from './effectiveSettings';
import { type PolicyTrust } from './policyTrust';
import { quoteForPerson } from './quote';
import { say, sayPhrase } from './say';
import { workspaceFolders } from './servedServers';

/** Where the policy of a line stands. */
export interface PolicyPlace {
	readonly file: string;
	readonly line: number;
}

/**
 * The files that make the policy now: the organisation's, the person's own or the preset, then those of the open folders;
 * the catalogue; and what of the workspace is trusted. The settings are of scope `application`: no workspace and no dev container chooses any of it.
 */
export function policyFilesHere(
	extensionPath: string,
	trust: PolicyTrust,
): PolicyFilesOptions & { readonly organisation: readonly string[] } {
	const config = vscode.workspace.getConfiguration();
	const own = ownPolicyFile(config);
	const chosen = config.get<string>(settingIds.preset, presets[0]);
	const preset = presets.find(name => name === chosen) ?? presets[0];
	const system = systemPolicyFile(platform());
	const named = config.get<string>(settingIds.organisationPolicy, '');
	const workspace = workspaceFolders().map(folder => join(folder, workspacePolicyFile));
	return {
		organisation: [...new Set([system, ...(named === '' ? [] : [named])])],
		required: named === '' ? [] : [named],
		system,
		trust: trust.layerTrust(workspace, vscode.workspace.isTrusted),
		base: own === '' ? join(extensionPath, 'policies', `${preset}.yaml`) : own,
		presets: { folder: join(extensionPath, 'policies'), chosen: preset },
		composition: join(extensionPath, 'policies', compositionFile),
		workspace,
	};
}

/** The person's own policy file; empty for none. The editor hands on whatever stands in the settings: null, a number. */
function ownPolicyFile(config: vscode.WorkspaceConfiguration): string {
	const value: unknown = config.get(settingIds.policyFile);
	if (value === undefined || value === null) {
		return '';
	}
	// What names no file is a policy that is missing, and that denies.
	return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Opens the policy at a rule, or at its start. */
export async function showPolicy(place: PolicyPlace): Promise<void> {
	const line = Math.max(place.line - 1, 0);
	const selection = new vscode.Range(line, 0, line, 0);
	await vscode.window.showTextDocument(vscode.Uri.file(place.file), { selection, preview: false });
}

/** The organisation decides about this policy: says so, with the way to the line. */
async function tellLocked({ at }: LockedSetting): Promise<void> {
	const show = say('Show');
	const text = say(
		'MCP Firewall: your organisation decides which policy counts ({0}:{1}).',
		quoteForPerson(at.file, 200),
		at.line,
	);
	if ((await vscode.window.showInformationMessage(text, show)) === show) {
		await showPolicy(at);
	}
}

/** Says at once that a broken policy refuses everything, with the way to the line. */
export async function announceBroken(load: PolicyLoad): Promise<void> {
	const problem = load.policy === undefined ? load.problems.find(({ severity }) => severity === 'error') : undefined;
	if (problem === undefined) {
		return;
	}
	const where = `${quoteForPerson(problem.at.file, 200)}:${String(problem.at.line)}`;
	const go = say('Go to Line');
	const choice = await vscode.window.showErrorMessage(
		say(
			'MCP Firewall: the policy has an error, so every call is refused. {0}: {1}',
			where,
			quoteForPerson(sayPhrase(problem.said), 200),
		),
		go,
	);
	if (choice === go) {
		await showPolicy(problem.at);
	}
}

/**
 * "Open Policy": the person's own file. While a preset is in force there is none, so a copy of the preset can be made in
 * the global storage and put in force; the preset itself stays as it came.
 */
export async function openPolicy(
	context: vscode.ExtensionContext,
	trust: PolicyTrust,
	place?: PolicyPlace,
): Promise<void> {
	if (place !== undefined) {
		await showPolicy(place);
		return;
	}
	const lock = lockOn(settingIds.policyFile) ?? lockOn(settingIds.preset);
	if (lock !== undefined) {
		void tellLocked(lock);
		return;
	}
	const config = vscode.workspace.getConfiguration();
	const { base } = policyFilesHere(context.extensionPath, trust);
	if (ownPolicyFile(config) !== '') {
		await showPolicy({ file: base, line: 1 });
		return;
	}
	const copy = say('Copy and Edit');
	const look = say('Just Look');
	const choice = await vscode.window.showInformationMessage(
		ASK_TO_COPY(),
		{ modal: true, detail: WHAT_A_COPY_IS() },
		copy,
		look,
	);
	if (choice === look) {
		await showPolicy({ file: base, line: 1 });
	} else if (choice === copy) {
		await showPolicy({ file: await copyPreset(context, base), line: 1 });
	}
}

/**
 * The person's own policy, to write into. While a preset is in force a copy of it becomes theirs, if they say so; `why` tells
 * them what for. Undefined where they do not.
 */
export async function ownPolicyToEdit(
	context: vscode.ExtensionContext,
	trust: PolicyTrust,
	why: string,
): Promise<string | undefined> {
	const lock = lockOn(settingIds.policyFile) ?? lockOn(settingIds.preset);
	if (lock !== undefined) {
		await tellLocked(lock);
		return undefined;
	}
	const { base } = policyFilesHere(context.extensionPath, trust);
	if (ownPolicyFile(vscode.workspace.getConfiguration()) !== '') {
		return base;
	}
	const copy = say('Copy and Edit');
	const choice = await vscode.window.showInformationMessage(
		ASK_TO_COPY(),
		{ modal: true, detail: `${why} ${WHAT_A_COPY_IS()}` },
		copy,
	);
	return choice === copy ? copyPreset(context, base) : undefined;
}

const ASK_TO_COPY = () => say('A preset is in force. Make a copy of it that you can edit?');
const WHAT_A_COPY_IS = () =>
	[
		say('The copy becomes your policy (setting {0}).', settingIds.policyFile),
		// The setting is the person's, and goes with them from machine to machine; the file does not.
		...(vscode.env.remoteName === undefined
			? []
			: [
					say(
						'This window works on a remote machine, and there the copy lies; the setting counts in your other windows, too, where every call is refused until each machine has a policy at that path.',
					),
				]),
	].join(' ');

/** Makes a copy of a preset the person's own policy; gives its path. */
async function copyPreset(context: vscode.ExtensionContext, preset: string): Promise<string> {
	const file = join(context.globalStorageUri.fsPath, 'policy.yaml');
	await mkdir(dirname(file), { recursive: true, mode: 0o700 });
	await copyUnlessThere(preset, file);
	const config = vscode.workspace.getConfiguration();
	await config.update(settingIds.policyFile, file, vscode.ConfigurationTarget.Global);
	return file;
}

/** A policy that the person wrote earlier is never overwritten. */
async function copyUnlessThere(from: string, to: string): Promise<void> {
	try {
		await copyFile(from, to, constants.COPYFILE_EXCL);
	} catch (error) {
		if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) {
			throw error;
		}
	}
}
