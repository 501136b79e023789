import { join } from 'node:path';
import * as vscode from 'vscode';
import { errorText } from './base/errors';
import { type DisposableStore } from './base/disposable';
import { maskText } from './domain/inspection/maskSecrets';
import { type Core, composeCore } from './compose';
import { noteEvent } from './firewall/noteEvent';
import { PolicyFiles } from './storage/policyFiles';
import { RegistryFile } from './storage/registryFile';
import { settingsFolders } from './storage/settingsFolders';
import { StopFile } from './storage/stopFile';
import { systemClock, systemHost, systemIds } from './storage/system';
import { type BreakGlassRoom, openBreakGlass } from './vscode/breakGlassRoom';
import { settingIds } from './vscode/contributions';
import { openEditorTrail } from './vscode/editorTrail';
import { trustedTrailKeys } from './vscode/editorTrailKey';
import { retentionLimits, tellRetentionTrouble } from './vscode/retentionHere';
import { followLocks, onDidChangeSettings, setting } from './vscode/effectiveSettings';
import { EmergencyStop } from './vscode/emergencyStop';
import { followDecisionService } from './vscode/followDecisionService';
import { followOtlp } from './vscode/followOtlp';
import { grantKey } from './vscode/grantKey';
import { followKnownSecrets } from './vscode/knownSecrets';
import { Notices } from './vscode/notices';
import { policyFilesHere } from './vscode/openPolicy';
import { tellLocks } from './vscode/shownLocks';
import { PolicyTrust } from './vscode/policyTrust';
import { failureText } from './vscode/problemText';
import { say, speakWith } from './vscode/say';
import { workspaceFolders } from './vscode/servedServers';
import { tellTrailTrouble } from './vscode/tellTrailTrouble';
import { startWorkbench } from './vscode/workbench';

const STOPPED = 'emergencyStop';

let closing: (() => Promise<void>) | undefined;

/** The door of the extension: what cannot be opened is told, and then nothing is guarded and nothing runs. */
export async function activate(context: vscode.ExtensionContext): Promise<void> {
	speakWith((text, ...args) => vscode.l10n.t(text, ...args));
	const log = vscode.window.createOutputChannel('MCP Firewall', { log: true });
	context.subscriptions.push(log);
	try {
		context.subscriptions.push(await open(context, log));
	} catch (error) {
		log.error(`MCP Firewall cannot start: ${errorText(error)}`);
		void vscode.window.showErrorMessage(
			say(
				'MCP Firewall cannot start, so no guarded server will run: {0}. See "MCP Firewall: Show Log".',
				failureText(error),
			),
		);
	}
}

/** Ends the servers, then syncs and closes the trail, before the extension host ends. */
export async function deactivate(): Promise<void> {
	await closing?.();
}

async function open(context: vscode.ExtensionContext, log: vscode.LogOutputChannel): Promise<DisposableStore> {
	const began = performance.now();
	const logger = maskedLogger(log);
	const dataDirectory = context.globalStorageUri.fsPath;
	const registry = await RegistryFile.open(join(dataDirectory, 'registry'), logger);
	const policyTrust = new PolicyTrust(context.globalState);
	const policy = new PolicyFiles(policyFilesHere(context.extensionPath, policyTrust));
	context.subscriptions.push(followLocks(policy), tellLocks(policy, logger));
	const stopFile = new StopFile(dataDirectory, systemClock);
	const stop = new EmergencyStop({
		memory: {
			get: () => context.globalState.get<boolean>(STOPPED, false),
			set: stopped => context.globalState.update(STOPPED, stopped),
		},
		...{ file: stopFile, ids: systemIds, logger },
	});
	context.subscriptions.push(stop, stopFile);
	const key = grantKey(context.secrets, logger, context.secrets.onDidChange);
	context.subscriptions.push(key);
	const notices = new Notices(systemClock);
	context.subscriptions.push(notices);
	const secrets = followKnownSecrets(context, registry);
	const wantsParamsHash = () => setting<boolean>(settingIds.auditParamsHash, true);
	let paramsHash = wantsParamsHash();
	context.subscriptions.push(
		onDidChangeSettings([settingIds.auditParamsHash], () => (paramsHash = wantsParamsHash())),
	);
	const trail = await openEditorTrail(context, dataDirectory, logger);
	const decisions = followDecisionService(logger, context.secrets);
	context.subscriptions.push(decisions);
	const late: { breakGlass?: BreakGlassRoom } = {};
	const core: Core = await composeCore({
		decisionPoint: () => decisions.current(),
		overrides: { covering: (method, route) => late.breakGlass?.desk.covering(method, route) },
		paramsHash: () => paramsHash,
		...{ signer: trail.signer, anchor: trail.anchor, durability: trail.durability },
		retention: retentionLimits,
		known: () => secrets.current(),
		...{ dataDirectory, logger, registry, policy, stop, grantKey: key },
		host: () => systemHost(workspaceFolders()),
		protectedFiles: () => {
			const { base, workspace, organisation } = policyFilesHere(context.extensionPath, policyTrust);
			const inForce = policy.reading().base;
			return [
				...organisation,
				base,
				inForce,
				...workspace,
				context.extensionPath,
				...settingsFolders(dataDirectory),
			];
		},
		notify: notice => {
			notices.show(notice, core.firewall.grants);
		},
		approvalTimeoutMs: () => 1000 * setting<number>(settingIds.approvalTimeout, 120),
	});
	const { ports, firewall, journal, trailDirectory, signer, anchor } = core;
	if (trail.changed !== undefined) {
		noteEvent(ports, 'trail-key-changed', { actor: 'firewall', detail: trail.changed });
	}
	const breakGlass = (late.breakGlass = openBreakGlass(ports));
	const { store, close } = await startWorkbench(context, {
		...{ breakGlass, decisions },
		...{ ports, journal, trailDirectory, registry, policy, policyTrust, stop, log, logger },
		...{ signer, anchor, trustedTrailKeys: () => trustedTrailKeys(context.globalState) },
		...{ sessionPaths: firewall, grants: firewall.grants, withheld: firewall.withheld },
	});
	store.add(breakGlass.store);
	store.add(registry);
	store.add(policy);
	const spans = store.add(followOtlp(context, { journal, clock: systemClock, logger }));
	store.add(tellRetentionTrouble(core.retention, log));
	store.add(tellTrailTrouble(journal, log));
	closing = async () => {
		// The trail is the last to go: it takes the ends of the sessions.
		await close();
		await core.close();
		await spans.close();
	};
	logger.info(`Ready after ${String(Math.round(performance.now() - began))} ms; the trail is in ${trailDirectory}.`);
	return store;
}

/** INVARIANT: secrets are masked before logs. */
function maskedLogger(log: vscode.LogOutputChannel) {
	return {
		trace: (message: string) => {
			log.trace(maskText(message));
		},
		info: (message: string) => {
			log.info(maskText(message));
		},
		warn: (message: string) => {
			log.warn(maskText(message));
		},
		error: (message: string) => {
			log.error(maskText(message));
		},
	};
}
