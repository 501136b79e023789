import * as vscode from 'vscode';
import { type Disposable } from '../base/disposable';
import { type Event } from '../base/event';
import { admittedVersion, type ServerEntry } from '../domain/registry/serverEntry';
import { type GuardedAddress } from '../proxy/endpoint';

/** What the provider needs to know. */
export interface GuardedDefinitionsOptions {
	/** The servers that belong in this window. */
	readonly entries: () => readonly ServerEntry[];
	readonly addressOf: (serverId: string) => GuardedAddress;
	readonly policyDigest: () => string;
	/** Anything after which the definitions, or what is admitted, may differ. */
	readonly onDidChange: Event<void>;
}

/**
 * Offers one definition per guarded server. `version` is a digest of what is admitted, so the editor's tool cache never
 * outlives a change of pins or policy.
 */
export class GuardedDefinitions
	implements vscode.McpServerDefinitionProvider<vscode.McpHttpServerDefinition>, Disposable
{
	private readonly changed = new vscode.EventEmitter<void>();
	private readonly subscription: Disposable;

	readonly onDidChangeMcpServerDefinitions = this.changed.event;

	constructor(private readonly options: GuardedDefinitionsOptions) {
		this.subscription = options.onDidChange(() => {
			this.changed.fire();
		});
	}

	provideMcpServerDefinitions(): vscode.McpHttpServerDefinition[] {
		// A restricted workspace starts nothing.
		if (!vscode.workspace.isTrusted) {
			return [];
		}
		return this.options
			.entries()
			.filter(entry => entry.status === 'approved')
			.map(entry => this.definition(entry));
	}

	dispose(): void {
		this.subscription.dispose();
		this.changed.dispose();
	}

	private definition(entry: ServerEntry): vscode.McpHttpServerDefinition {
		const { uri, headers } = this.options.addressOf(entry.id);
		const version = admittedVersion(entry, this.options.policyDigest());
		return new vscode.McpHttpServerDefinition(entry.name, vscode.Uri.parse(uri, true), { ...headers }, version);
	}
}
