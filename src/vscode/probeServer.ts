import * as vscode from 'vscode';
import { FirewallError } from '../base/errors';
import { hasSideEffects } from '../domain/policy/sideEffects';
import { blocksReview, probeFindings, type ProbeMismatch } from '../domain/probe/probeFindings';
import { type ProbeReport } from '../domain/probe/probeReport';
import { sampleArguments } from '../domain/probe/sampleArguments';
import { describeLaunch } from '../domain/registry/launch';
import { placeToOpen } from '../domain/registry/originPlaces';
import { type ServerEntry } from '../domain/registry/serverEntry';
import { type ToolDescriptor } from '../domain/registry/toolDescriptor';
import { type FirewallPorts } from '../firewall/ports';
import { Probe, type ProbeCall } from '../proxy/probe/probe';
import { type ProbeFile } from '../storage/probeFile';
import { askArguments } from './askArguments';
import { type DetailDocuments } from './detailDocuments';
import { type GuardDeps } from './guardPorts';
import { noteEvent } from '../firewall/noteEvent';
import { folderOf } from './mcpFiles';
import { probeDocument, verdictLine } from './probeText';
import { failureText, problemText } from './problemText';
import { quoteForLabel, quoteForPerson } from './quote';
import { isHeldBack } from './restrictedWorkspace';
import { say } from './say';
import { PROBED } from '../domain/registry/statusWords';

/** What the command needs. */
export interface ProbeServerOptions {
	readonly guard: Pick<GuardDeps, 'ui' | 'registry' | 'suggestCapability' | 'clock' | 'ids' | 'host'>;
	readonly ports: Pick<FirewallPorts, 'trail' | 'ids' | 'clock' | 'logger'>;
	readonly probes: ProbeFile;
	readonly documents: DetailDocuments;
	readonly clientInfo: { readonly name: string; readonly version: string };
	/** Absolute. */
	readonly folders: readonly string[];
}

/** Names of tools that the trail tells of one probe. */
const MAX_NAMES = 20;

/**
 * "Probe Server…": starts a server in a world of its own, calls the tools that the person picks and shows what it did beside
 * what it claims. It is recorded in the trail and kept for reviews; a server that lied is put to rest when the person says so.
 */
export async function probeServer(options: ProbeServerOptions, serverId?: string): Promise<void> {
	const { ui, registry } = options.guard;
	if (isHeldBack(ui)) {
		return;
	}
	const entry =
		serverId === undefined
			? await ui.pickEntry(registry.all(), say('Probe which server?'))
			: registry.find(serverId);
	if (entry === undefined) {
		return;
	}
	const name = quoteForPerson(entry.name, 60);
	const probe = await openProbe(options, entry, name);
	if (probe === undefined) {
		return;
	}
	try {
		if (!(await confirmStart(options, probe, name))) {
			return;
		}
		const tools = await ui.progress(say('Starting “{0}” in a world of its own…', name), signal =>
			probe.start(signal),
		);
		const calls = await chooseCalls(options, entry, probe, tools);
		if (calls === undefined || calls.length === 0) {
			return;
		}
		const report = await ui.progress(say('Probing “{0}”: {1} calls…', name, calls.length), signal =>
			probe.run(calls, signal),
		);
		await tell(options, entry, calls, report);
	} catch (error) {
		if (!(error instanceof FirewallError && error.code === 'aborted')) {
			ui.error(say('“{0}” could not be probed: {1}', name, quoteForPerson(failureText(error), 300)));
		}
	} finally {
		await probe.close();
	}
}

/** Shows the last probe of a server. Gives false where there is none. */
export async function showProbe(
	options: Pick<ProbeServerOptions, 'probes' | 'documents'>,
	entry: Pick<ServerEntry, 'id' | 'name'>,
): Promise<boolean> {
	const kept = await options.probes.probeOf(entry.id);
	if (kept === undefined) {
		return false;
	}
	await showReport(options, entry.name, kept.report, kept.mismatches);
	return true;
}

async function openProbe(options: ProbeServerOptions, entry: ServerEntry, name: string): Promise<Probe | undefined> {
	const { ui, clock, ids } = options.guard;
	const { launch } = entry;
	const host = options.guard.host();
	const place = folderOf(entry, options.folders, host);
	if (launch.kind === 'http') {
		ui.error(say('“{0}” runs on another machine, where nothing can be observed from here.', name));
		return undefined;
	}
	if (place === 'elsewhere') {
		ui.error(say('“{0}” belongs to another folder: {1}', name, quoteForPerson(placeToOpen(entry.origin), 300)));
		return undefined;
	}
	const folder = place.folder;
	try {
		return await Probe.open({
			...{ launch, clock, ids, clientInfo: options.clientInfo, openFolders: options.folders },
			real: { ...host, ...(folder !== undefined && { workspaceFolder: folder }) },
		});
	} catch (error) {
		ui.error(say('“{0}” cannot be probed: {1}.', name, quoteForPerson(failureText(error), 300)));
		return undefined;
	}
}

async function confirmStart({ guard }: ProbeServerOptions, probe: Probe, name: string): Promise<boolean> {
	const { command, args, cwd } = probe.launch;
	const detail = [
		quoteForPerson(describeLaunch({ kind: 'stdio', command, args, env: [] }), 1500),
		'',
		say('In folder: {0}', quoteForPerson(cwd, 300)),
		say(
			'It works on made-up files, gets made-up values in place of its secrets, and is led to a proxy that lets nothing through.',
		),
		say('This is no sandbox: the program runs with your rights.'),
	].join('\n');
	return guard.ui.confirm(say('Start “{0}” to see what it does?', name), detail, say('Start'));
}

/** The tools that the person picks, each with arguments; undefined when dismissed. */
async function chooseCalls(
	{ guard }: ProbeServerOptions,
	entry: ServerEntry,
	probe: Probe,
	tools: readonly ToolDescriptor[],
): Promise<readonly ProbeCall[] | undefined> {
	const items = tools.map(tool => {
		const capability =
			entry.tools.find(pin => pin.name === tool.name)?.capability ??
			guard.suggestCapability({ name: entry.name, launch: entry.launch }, tool).capability;
		return {
			...{ label: quoteForLabel(tool.name, 80), description: capability, picked: !hasSideEffects(capability) },
			...{ tool, capability },
		};
	});
	const picked = await vscode.window.showQuickPick(items, {
		title: say('Probe “{0}”', quoteForPerson(entry.name, 60)),
		placeHolder: say('Each tool that you tick is called once, with arguments that you see first'),
		canPickMany: true,
		ignoreFocusOut: true,
	});
	const calls: ProbeCall[] = [];
	for (const { tool, capability } of picked ?? []) {
		const proposed = sampleArguments(tool.inputSchema, probe.world, hasSideEffects(capability));
		const args = await askArguments({
			title: say(
				'Arguments of {0} ({1} of {2})',
				quoteForPerson(tool.name, 80),
				calls.length + 1,
				picked?.length ?? 0,
			),
			prompt: say('It is sent as it stands here, without a further question.'),
			proposed: JSON.stringify(proposed),
		});
		if (args === undefined) {
			return undefined;
		}
		calls.push({ tool: tool.name, capability, arguments: args });
	}
	return picked === undefined ? undefined : calls;
}

async function tell(
	options: ProbeServerOptions,
	entry: ServerEntry,
	calls: readonly ProbeCall[],
	report: ProbeReport,
): Promise<void> {
	const mismatches = probeFindings(report);
	await options.probes.save(entry.id, report);
	noteEvent(options.ports, 'server-probed', {
		actor: 'person',
		server: { id: entry.id, name: entry.name },
		detail: probeDetail(calls, mismatches),
	});
	await showReport(options, entry.name, report, mismatches);
	if (blocksReview(mismatches) && entry.status === 'approved') {
		await offerRest(options, entry, mismatches);
	}
}

/** What the trail says of a probe: names of tools, and by word what did not fit. */
export function probeDetail(calls: readonly ProbeCall[], mismatches: readonly ProbeMismatch[]): string {
	const names = calls.map(({ tool }) => tool);
	const more = names.length > MAX_NAMES ? ` and ${String(names.length - MAX_NAMES)} more` : '';
	const found = mismatches.map(
		({ tool, deed, severity }) => `${tool === '' ? 'server' : tool} ${deed} (${severity})`,
	);
	return `called ${names.slice(0, MAX_NAMES).join(', ')}${more}; ${found.length === 0 ? 'no mismatch' : `mismatch: ${found.slice(0, MAX_NAMES).join(', ')}`}`;
}

async function showReport(
	{ documents }: Pick<ProbeServerOptions, 'documents'>,
	serverName: string,
	report: ProbeReport,
	mismatches: readonly ProbeMismatch[],
): Promise<void> {
	const uri = documents.add('probe.txt', probeDocument(serverName, report, mismatches));
	await vscode.window.showTextDocument(uri, { preview: true });
}

async function offerRest(
	{ guard }: ProbeServerOptions,
	{ id, name }: ServerEntry,
	mismatches: readonly ProbeMismatch[],
): Promise<void> {
	const suspend = say('Suspend It');
	const message = `MCP Firewall: “${quoteForPerson(name, 60)}”. ${verdictLine(mismatches)}`;
	if ((await vscode.window.showWarningMessage(message, suspend)) !== suspend) {
		return;
	}
	// It may have been reviewed, or forgotten, while the question stood there.
	const now = guard.registry.find(id);
	if (now === undefined) {
		return;
	}
	const change = await guard.registry.setStatus(id, 'suspended', PROBED);
	if (change.kind === 'problem') {
		guard.ui.error(say('It is not suspended: {0}', quoteForPerson(problemText(change.problem), 300)));
	}
}
