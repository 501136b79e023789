import type * as vscode from 'vscode';
import { type Logger } from '../base/logger';
import { type TrailSigner } from '../domain/audit/checkpoint';
import { type FirewallPorts, type GrantBook, type WithheldAnswers } from '../firewall/ports';
import { type SessionPaths } from '../firewall/sessionPaths';
import { type HeadAnchor } from '../storage/headAnchor';
import { type Journal } from '../storage/journal';
import { type PolicyFiles } from '../storage/policyFiles';
import { type RegistryFile } from '../storage/registryFile';
import { type BreakGlassRoom } from './breakGlassRoom';
import { type EmergencyStop } from './emergencyStop';
import { type FollowedDecisionService } from './followDecisionService';
import { type PolicyTrust } from './policyTrust';

/** What the extension root has opened. */
export interface WorkbenchParts {
	readonly ports: FirewallPorts;
	readonly sessionPaths: SessionPaths;
	/** What persons answered and what is remembered of it. */
	readonly grants: GrantBook;
	/** Answers that wait for a person. */
	readonly withheld: WithheldAnswers;
	readonly journal: Journal;
	readonly trailDirectory: string;
	/** Signs the trail. */
	readonly signer: TrailSigner;
	/** Knows the newest heads of the trail's streams. */
	readonly anchor: HeadAnchor;
	/** Public keys that this installation signs or signed trails with: raw, base64url. */
	readonly trustedTrailKeys: () => readonly string[];
	readonly breakGlass: BreakGlassRoom;
	readonly decisions: FollowedDecisionService;
	readonly registry: RegistryFile;
	readonly policy: PolicyFiles;
	readonly policyTrust: PolicyTrust;
	readonly stop: EmergencyStop;
	readonly log: vscode.LogOutputChannel;
	readonly logger: Logger;
}
