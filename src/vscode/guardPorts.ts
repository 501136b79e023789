import { type Clock, type IdSource } from '../base/clock';
import { type Logger } from '../base/logger';
import { type Principal } from '../domain/identity/principal';
import { type CapabilitySuggestion } from '../domain/policy/capability';
import { type ProbeReport } from '../domain/probe/probeReport';
import { type FoundServer } from '../domain/registry/mcpJson';
import { type CredentialReference } from '../domain/registry/credential';
import { type LaunchContext, type ResolvedHttpLaunch, type ResolvedLaunch } from '../domain/registry/resolveLaunch';
import { type Ceiling, type ServerEntry, type ServerOrigin } from '../domain/registry/serverEntry';
import { type SupplyPin } from '../domain/registry/supplyPin';
import { type ServerSurface } from '../domain/registry/surface';
import { type SurfacePins } from '../domain/registry/surfacePin';
import { type PinState } from '../domain/registry/pin';
import { type ToolDescriptor } from '../domain/registry/toolDescriptor';
import { type Launch } from '../domain/registry/launch';
import { type OriginPlace } from '../domain/registry/originPlaces';
import { type ShimSigns } from '../domain/registry/shimSigns';
import { type BackupPlace } from '../storage/originRecord';
import { type RegistryFile } from '../storage/registryFile';
import { type ShimLaunch } from './discoveryShim';
import { quoteForPerson } from './quote';
import { say } from './say';
import { type MessageButton } from './restrictedWorkspace';

/** One file in which servers are defined. */
export type McpFile = OriginPlace;

/** A server that can be guarded, and where it was found. */
export interface Candidate {
	readonly server: FoundServer & { readonly launch: Launch };
	readonly source: McpFile;
}

/** A server that cannot be guarded, and why. */
export interface Blocked {
	readonly name: string;
	readonly why: string;
	readonly source: McpFile;
	/** The way to what forbids it. */
	readonly button?: MessageButton;
}

/** One sentence for the person. */
export function cannotBeGuarded({ name, why }: Pick<Blocked, 'name' | 'why'>): string {
	return say('“{0}” cannot be guarded. {1}', quoteForPerson(name, 60), say(why));
}

/** Why a list of servers keeps one from running: one sentence of ours, and the way to that list. */
export interface Barred {
	readonly why: string;
	readonly button: MessageButton;
}

/** One tool under review. */
export interface ToolReview {
	readonly tool: ToolDescriptor;
	readonly state: PinState;
	/** The text that was accepted before, when it was. */
	readonly before?: ToolDescriptor;
	readonly capability: string;
	/** Why this capability was suggested; absent where a reviewer has said it before. */
	readonly suggestion?: CapabilitySuggestion;
	/** A tool that is not admitted is hidden from the editor. */
	readonly admitted: boolean;
}

/** What the person is asked to review. */
export interface ReviewRequest {
	readonly serverName: string;
	readonly launch: Launch;
	readonly origin: ServerOrigin;
	readonly surface: ServerSurface;
	readonly supply: SupplyPin;
	readonly credentials: readonly CredentialReference[];
	readonly tools: readonly ToolReview[];
	/** Names of tools that were pinned and are not listed any more. */
	readonly removed: readonly string[];
	/** What was accepted before; absent at first sight. */
	readonly before?: ServerEntry;
	/** The other guarded servers: look-alike and shadowing names are found by them. */
	readonly others: readonly ServerEntry[];
	/** The last probe of this launch (N9). */
	readonly probe?: ProbeReport;
	/** Who it is, as far as it was found out while its tools were listed. */
	readonly principal?: Principal;
	/** True where a version that the launch does not name can be looked up and pinned. */
	readonly canPin?: true;
	/** True where the difference from the last review is opened together with the review. */
	readonly showDifference?: true;
}

/** What the person decided. */
export interface ReviewDecision {
	readonly tools: readonly ToolReview[];
	readonly surface: SurfacePins;
	readonly ceiling: Ceiling;
	readonly owner: string;
	/** The person accepts that the launch names no exact version; without it such a server is not started. */
	readonly acceptsUnpinned?: true;
}

/** What the person is asked before a program is started. Nothing in it is a secret. */
export interface LaunchQuestion {
	readonly serverName: string;
	readonly command: string;
	readonly args: readonly string[];
	readonly cwd: string;
	readonly env: readonly string[];
	readonly file: string;
	/** The exact version that was put into the launch, because its file names none. */
	readonly pinnedTo?: string;
}

/** The person. Every question answers undefined or false when it is dismissed. */
export interface GuardUi {
	isTrusted(): boolean;
	/** True while the editor holds unsaved changes of a file. */
	hasUnsavedChanges(file: string): boolean;
	info(message: string): void;
	/** With a button, where there is something to do about it. */
	error(message: string, button?: MessageButton): void;
	confirm(message: string, detail: string, button: string): Promise<boolean>;
	pickServers(
		candidates: readonly Candidate[],
		blocked: readonly Blocked[],
	): Promise<readonly Candidate[] | undefined>;
	pickEntry(entries: readonly ServerEntry[], title: string): Promise<ServerEntry | undefined>;
	confirmLaunch(question: LaunchQuestion): Promise<boolean>;
	/** Shows progress while `run` works; its signal aborts when the person cancels. */
	progress<T>(title: string, run: (signal: AbortSignal) => Promise<T>): Promise<T>;
	/** `pin`: the person wants a version looked up and pinned first. */
	review(request: ReviewRequest): Promise<ReviewDecision | 'pin' | undefined>;
	announce(serverNames: readonly string[]): Promise<'undo' | 'panel' | undefined>;
}

/** A launch that holds no secret, and the secrets that go with it. */
export interface CollectedServer {
	readonly launch: Launch;
	/** By the name of a variable or header, `input:ID` or `credential:NAME`. Secrets: for secret storage only. */
	readonly values: Readonly<Record<string, string>>;
	readonly credentials: readonly CredentialReference[];
}

/** Where the secrets of servers live: VS Code's SecretStorage. */
export interface EnvSecrets {
	store(serverId: string, values: Readonly<Record<string, string>>): Promise<void>;
	load(serverId: string): Promise<Readonly<Record<string, string>>>;
	delete(serverId: string): Promise<void>;
}

/** Everything the commands of this room's guard files need. */
export interface GuardDeps {
	readonly ui: GuardUi;
	readonly registry: Pick<RegistryFile, 'all' | 'find' | 'put' | 'setStatus' | 'remove' | 'problem'>;
	readonly secrets: EnvSecrets;
	/** In the global storage. */
	readonly backups: BackupPlace;
	/** The files to look into, freshly computed: folders come and go. */
	readonly files: () => readonly McpFile[];
	/** What keeps this one from running where a list of servers does; absent where there is none to ask. */
	readonly notListed?: (server: { readonly name: string; readonly launch: Launch }) => Barred | undefined;
	/** What starts our shim for a server, for the files of other clients. */
	readonly shimFor: (serverId: string, folder: string | undefined) => ShimLaunch;
	/** How such a launch is known again. */
	readonly shimSigns: ShimSigns;
	readonly host: () => Pick<LaunchContext, 'userHome' | 'env' | 'namedFolders'> & { readonly workspaceFile?: string };
	/**
	 * Starts the server, lists its tools, finds out who it is and ends it. Rejects on trouble; ends early when the signal aborts.
	 * `serverId` is that of the launch before it was resolved.
	 */
	readonly listTools: (
		launch: ResolvedLaunch | ResolvedHttpLaunch,
		signal: AbortSignal,
		serverId: string,
	) => Promise<ServerSurface>;
	/** Who a server is, as was found out last; absent where nobody looks. */
	readonly principalOf?: (serverId: string) => Principal;
	/** A launch by URL with our own way to sign in at that server; asks the person only when the server asks for it. */
	readonly withSignIn?: (
		server: { readonly id: string; readonly name: string },
		resolved: ResolvedHttpLaunch,
	) => Promise<ResolvedHttpLaunch>;
	/** Forgets what was signed in for a server that is not guarded after all. */
	readonly forgetSignIn?: (serverId: string) => Promise<void>;
	/** Says by digest what a launch starts. Never rejects: what cannot be pinned is a gap. */
	readonly pinSupply: (launch: Launch, resolved: ResolvedLaunch | ResolvedHttpLaunch) => Promise<SupplyPin>;
	/**
	 * An exact version for a launch that names none. Without `lookUp`, which only a person's click gives, nothing but this
	 * machine is asked. Undefined where there is none to propose; never rejects.
	 */
	readonly pinProposal?: (
		launch: Launch,
		resolved: ResolvedLaunch,
		lookUp: boolean,
	) => Promise<{ readonly version: string; readonly launch: Launch } | undefined>;
	/** The last probe of a server; undefined where there is none that can be read. Never rejects. */
	readonly probeOf?: (serverId: string) => Promise<ProbeReport | undefined>;
	/** Forgets who a server was that is not guarded any more; absent where nobody looks. Never rejects. */
	readonly forgetPrincipal?: (serverId: string) => Promise<boolean>;
	/** Turns what a file says into a launch without secrets, asking for what is missing; undefined when dismissed. */
	readonly collectCredentials: (candidate: Candidate) => Promise<CollectedServer | undefined>;
	/** Who sits here, as the system calls them. */
	readonly reviewer: string;
	readonly listDeadlineMs: number;
	/** `resource.action` or `unknown`, and why. */
	readonly suggestCapability: (
		server: { readonly name: string; readonly launch: Launch },
		tool: ToolDescriptor,
	) => CapabilitySuggestion;
	/** Called as soon as a server is registered and out of its file, before the person answers the closing message. */
	readonly onGuarded?: (entry: ServerEntry) => void;
	/** Called when a guarded server was reviewed anew and that is kept. */
	readonly onReviewed?: (before: ServerEntry, after: ServerEntry) => void;
	/** Called when a server has been put back and is not registered any more, while its stored values are still there. */
	readonly onReleased?: (entry: ServerEntry) => Promise<void>;
	readonly openPanel: () => Promise<void>;
	readonly clock: Clock;
	readonly ids: IdSource;
	readonly logger: Logger;
}
