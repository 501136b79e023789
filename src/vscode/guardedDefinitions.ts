import * as vscode from 'vscode';
import { type Disposable } from '../base/disposable';
import { type Event } from '../base/event';
import { type PolicyLoad } from '../domain/policy/policy';
import { admittedVersion, type ServerEntry } from '../domain/registry/serverEntry';
import { type SessionClient } from '../firewall/sessionPaths';
import { shownUnder } from '../firewall/shownUnder';
import { type GuardedAddress } from '../proxy/face/endpoint';
import { type ShimLaunch } from './discoveryShim';
import { serverFolderHere } from './servedServers';

/** What the provider needs to know. */
export interface GuardedDefinitionsOptions {
	/** The servers that are offered in this window; none in a restricted workspace. */
	readonly entries: () => readonly ServerEntry[];
	/** Where the chat of this window, and nobody else, reaches a server. */
	readonly addressOf: (serverId: string) => GuardedAddress;
	/** What starts the shim for a server. */
	readonly launchOf: (entry: ServerEntry) => ShimLaunch;
	readonly policy: () => PolicyLoad;
	/** The chat of this window. */
	readonly editor: Pick<SessionClient, 'presentation'>;
	/** Anything after which the definitions, or what is admitted, may differ. */
	readonly onDidChange: Event<void>;
}

/**
 * Offers one definition per guarded server. What is listed starts the shim: VS Code's Agent Host takes over the launch as it
 * is, cannot reach a socket by its URL, and may outlive the window. What is resolved leads to our endpoint at once: only the
 * chat of this window asks for that, and a process between it and us would bring nothing. `version` is a digest of what is
 * admitted and of what the policy shows of it, so the editor's tool cache never outlives a change of either; a change of policy that
 * shows the same leaves it as it is, and with it whatever runs (shownUnder.ts).
 */
export class GuardedDefinitions implements vscode.McpServerDefinitionProvider, Disposable {
	private readonly changed = new vscode.EventEmitter<void>();
	private readonly subscription: Disposable;
	private usable: PolicyLoad | undefined;

	readonly onDidChangeMcpServerDefinitions = this.changed.event;

	constructor(private readonly options: GuardedDefinitionsOptions) {
		this.subscription = options.onDidChange(() => {
			this.changed.fire();
		});
	}

	provideMcpServerDefinitions(): vscode.McpServerDefinition[] {
		return this.options.entries().map(entry => {
			const { command, args, env } = this.options.launchOf(entry);
			return new vscode.McpStdioServerDefinition(entry.name, command, [...args], { ...env }, this.version(entry));
		});
	}

	/** Undefined, which starts nothing, for a server that is not offered any more. */
	resolveMcpServerDefinition({ label }: vscode.McpServerDefinition): vscode.McpServerDefinition | undefined {
		const entry = this.options.entries().find(({ name }) => name === label);
		if (entry === undefined) {
			return undefined;
		}
		const { uri, headers } = this.options.addressOf(entry.id);
		return new vscode.McpHttpServerDefinition(
			label,
			vscode.Uri.parse(uri, true),
			{ ...headers },
			this.version(entry),
		);
	}

	dispose(): void {
		this.subscription.dispose();
		this.changed.dispose();
	}

	/** A policy that somebody is still writing refuses calls, and ends nothing: what was shown before it stands. */
	private version(entry: ServerEntry): string {
		const load = this.options.policy();
		if (load.policy !== undefined) {
			this.usable = load;
		}
		return admittedVersion(
			entry,
			shownUnder(this.usable ?? load, entry, this.options.editor, serverFolderHere(entry)),
		);
	}
}
