import type * as vscode from 'vscode';
import { type Logger } from '../base/logger';
import { type FirewallPorts, type GrantBook, type SessionPaths } from '../firewall/ports';
import { type Journal } from '../storage/journal';
import { type PolicyFiles } from '../storage/policyFiles';
import { type RegistryFile } from '../storage/registryFile';
import { type EmergencyStop } from './emergencyStop';

/** What the extension root has opened. */
export interface WorkbenchParts {
	readonly ports: FirewallPorts;
	readonly sessionPaths: SessionPaths;
	/** What persons answered and what is remembered of it. */
	readonly grants: GrantBook;
	readonly journal: Journal;
	readonly trailDirectory: string;
	readonly registry: RegistryFile;
	readonly policy: PolicyFiles;
	readonly stop: EmergencyStop;
	readonly log: vscode.LogOutputChannel;
	readonly logger: Logger;
}
