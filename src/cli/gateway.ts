import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { errorText } from '../base/errors';
import { type Logger } from '../base/logger';
import { maskText } from '../domain/inspection/maskSecrets';
import { launchName, launchRoots } from '../domain/registry/launchName';
import { type Launch, serverIdOf } from '../domain/registry/launch';
import { notePolicy } from '../firewall/notePolicy';
import { noteCredentials, noteUpstream } from '../firewall/noteUpstream';
import { type Durability, type FirewallPorts, type GuardedServer, type SessionPaths } from '../firewall/ports';
import { OtlpSender } from '../proxy/otlp/otlpSender';
import { otlpTarget } from '../proxy/otlp/otlpTarget';
import { checkTarget } from '../proxy/upstream/httpTarget';
import { type UpstreamLaunch } from '../proxy/upstream/openUpstream';
import { type FixedPlace } from '../proxy/face/socketAddress';
import { runStdioFace } from '../proxy/face/stdioFace';
import { type UpstreamEnd } from '../proxy/upstream/upstream';
import { type UpstreamSignIn } from '../proxy/upstream/upstreamSignIn';
import { describeChange } from '../storage/policyChange';
import { type Journal } from '../storage/journal';
import { MachineSecrets } from '../storage/machineSecrets';
import { PolicyFiles } from '../storage/policyFiles';
import { type RetentionLimits } from '../storage/retentionPlan';
import { keepPolicies } from '../storage/policyStore';
import { systemClock, systemHost, systemIds } from '../storage/system';
import { UsageError } from './commandLine';
import { runHttpGateway } from './httpGateway';
import { openPrincipalDesk, readIdentityFile } from './identityDesk';
import { layeredFiles, type LayerOptions } from './layerOptions';
import { type CliOutput } from './output';
import { problemLines } from './policyProblems';

/** What the command line of `gateway` says. */
export interface GatewayOptions {
	readonly policyFile: string;
	/** The policies above and below it. */
	readonly layers: LayerOptions;
	/** The catalogue of compositions that came with the product; in force as the policy's `composition:` says. */
	readonly compositionFile: string;
	readonly dataDirectory: string;
	/** How much of the trail is kept. Left out: all of it. */
	readonly retention?: RetentionLimits;
	/** What starts or reaches the upstream. */
	readonly upstream: UpstreamChoice;
	/** The name that rules and the trail know the server by. */
	readonly serverName?: string;
	readonly workspace?: string;
	/** What every entry of the trail waits for at the least; left out: `written`. */
	readonly durability?: Durability;
	/** Where spans of calls go; nowhere without it. Its headers come from {@link OTLP_HEADERS}. */
	readonly otlpEndpoint?: string;
	/** Serves Streamable HTTP there, behind a token, in place of stdio. */
	readonly listen?: FixedPlace;
	/** False: entries have no plain hash of arguments. */
	readonly paramsHash?: boolean;
	/** Whose badges count, as a file says it; nobody's without one. */
	readonly identityFile?: string;
}

/** The upstream as the command line names it. */
export type UpstreamChoice =
	| {
			readonly kind: 'stdio';
			/** Command and arguments. */
			readonly command: readonly string[];
			/** Names of variables of our own environment that the upstream gets besides the allow-listed ones. */
			readonly env: readonly string[];
	  }
	| {
			readonly kind: 'http';
			readonly url: string;
			/** `NAME=VARIABLE`: the header that is sent, and the variable of our own environment that holds its value. */
			readonly headers: readonly string[];
	  };

/** Makes our own way to sign in at an upstream that is reached by URL. */
export type OpenSignIn = (url: string, logger: Logger) => UpstreamSignIn;

/** The core as a gateway needs it; the composition root builds it. */
export interface GatewayCore {
	readonly firewall: SessionPaths;
	/** Where changes of the policy are recorded. */
	readonly ports: Pick<FirewallPorts, 'trail' | 'ids' | 'clock' | 'logger'>;
	/** Tells of every entry once it stands in the trail. */
	readonly journal: Pick<Journal, 'onDidAppend'>;
	close(): Promise<void>;
}

/** Opens the core over these parts. */
export type OpenCore = (
	parts: Omit<FirewallPorts, 'clock' | 'ids' | 'digest' | 'paths' | 'fileState' | 'mac' | 'trail' | 'grantStore'> & {
		readonly dataDirectory: string;
		readonly protectedFiles: () => readonly string[];
		readonly durability?: () => Durability;
	},
) => Promise<GatewayCore>;

/** The variable that holds headers for `--otlp-endpoint`, `name=value` separated by commas: a secret, so no argument. */
const OTLP_HEADERS = 'MCP_FIREWALL_OTLP_HEADERS';

/** Milliseconds a person has to answer an elicitation. */
const APPROVAL_TIMEOUT_MS = 120_000;

/**
 * An MCP server that guards another one, on stdio or where it listens. Resolves with the exit code; writes only protocol to
 * stdout. Without `openSignIn` an upstream that wants OAuth is refused with a sentence that says so.
 */
export async function runGateway(
	options: GatewayOptions,
	openCore: OpenCore,
	out: CliOutput,
	openSignIn?: OpenSignIn,
): Promise<number> {
	const { launch, resolved } = chosenUpstream(options.upstream);
	const trust = await readIdentityFile(options.identityFile);
	const policyFile = resolve(options.policyFile);
	const files = layeredFiles(policyFile, options.layers, options.compositionFile);
	const policy = new PolicyFiles(files);
	const tellProblems = () => {
		problemLines(policy.current()).forEach(line => {
			out.stderr(line);
		});
	};
	tellProblems();
	policy.onDidChange(tellProblems);
	const logger = stderrLogger(out);
	const spans = spanSender(options.otlpEndpoint, logger);
	const folder = realFolder(options.workspace ?? process.cwd());
	const secrets = new MachineSecrets({ folders: () => [folder], env: process.env, clock: systemClock });
	await secrets.start();
	const keep = options.retention;
	const core = await openCore({
		known: () => secrets.current(),
		dataDirectory: resolve(options.dataDirectory),
		durability: () => options.durability ?? 'written',
		...(keep !== undefined && { retention: () => keep }),
		protectedFiles: () => [...files.organisation, policyFile, ...files.workspace, options.compositionFile],
		logger,
		policy,
		registry: { find: () => undefined },
		stop: { stopped: false, onDidStop: () => ({ dispose() {} }) },
		host: () => systemHost([folder]),
		notify: () => undefined,
		approvalTimeoutMs: () => APPROVAL_TIMEOUT_MS,
		paramsHash: () => options.paramsHash ?? true,
	});
	core.journal.onDidAppend(entry => spans?.add(entry));
	notePolicy(core.ports, policy.current());
	policy.onDidChange(load => {
		const change = policy.lastChange();
		notePolicy(core.ports, load, change && { text: describeChange(change), previous: change.previous });
	});
	keepPolicies(policy, resolve(options.dataDirectory), logger);
	const desk = openPrincipalDesk(trust, resolve(options.dataDirectory), logger);
	const ending = new AbortController();
	const end = () => {
		ending.abort();
	};
	// Not `once`: `signal-exit`, which our libraries bring, ends the process by the signal as soon as nobody else listens.
	process.on('SIGINT', end).on('SIGTERM', end);
	try {
		const plain = guardedServer(launch, options, folder);
		const identity = desk.serve(plain.id);
		const server: GuardedServer = { ...plain, principal: identity.principal };
		const common = {
			server,
			identity,
			launch:
				resolved.kind === 'http' && openSignIn !== undefined
					? { ...resolved, signIn: openSignIn(resolved.url, logger) }
					: resolved,
			sessionPaths: core.firewall,
			clock: systemClock,
			ids: systemIds,
			logger,
			onStderr: (line: string) => {
				out.stderr(maskText(line));
			},
			onUpstream: (end: UpstreamEnd | undefined) => {
				noteUpstream(core.ports, server, end);
				if (end === undefined) {
					noteCredentials(core.ports, server, { credentials: secretNames(launch) });
				}
			},
			signal: ending.signal,
		};
		return options.listen === undefined
			? await runStdioFace({ ...common, input: process.stdin, output: process.stdout })
			: await runHttpGateway({ ...common, listen: options.listen, out });
	} finally {
		desk.dispose();
		policy.dispose();
		secrets.dispose();
		await core.close();
		await spans?.close();
	}
}

function spanSender(endpoint: string | undefined, logger: Logger): OtlpSender | undefined {
	if (endpoint === undefined) {
		return undefined;
	}
	try {
		const target = otlpTarget(endpoint, process.env[OTLP_HEADERS] ?? '');
		return new OtlpSender({ target, clock: systemClock, logger });
	} catch (error) {
		throw new UsageError(errorText(error));
	}
}

function guardedServer(launch: Launch, options: GatewayOptions, folder: string): GuardedServer {
	const name = launchName(launch);
	return {
		id: serverIdOf(launch),
		name: options.serverName ?? name.name,
		...(name.packageName !== undefined && { packageName: name.packageName }),
		launch,
		roots: [...(launch.kind === 'http' ? [] : launchRoots(launch, process.cwd())), folder],
		reviewRequired: false,
	};
}

/** What was handed on by name, as entries have it: any of it may be a secret. */
function secretNames(launch: Launch): readonly string[] {
	return launch.kind === 'http'
		? launch.headers.map(name => `header:${name}`)
		: launch.env.map(name => `env:${name}`);
}

function chosenUpstream(upstream: UpstreamChoice): { readonly launch: Launch; readonly resolved: UpstreamLaunch } {
	if (upstream.kind === 'http') {
		const headers = upstream.headers.map(readHeader);
		const { url } = upstream;
		const resolved = { kind: 'http', url, headers: Object.fromEntries(headers) } as const;
		try {
			checkTarget(resolved);
		} catch (error) {
			throw new UsageError(errorText(error));
		}
		return { launch: { kind: 'http', url, headers: headers.map(([name]) => name) }, resolved };
	}
	const [command, ...args] = upstream.command;
	if (command === undefined) {
		throw new UsageError('name the server to start behind "--"');
	}
	const { env } = upstream;
	if (!env.every(isVariable)) {
		// The value behind a "=" may be a secret, so it is not repeated.
		throw new UsageError('--env takes the name of a variable, and nothing else');
	}
	return {
		launch: { kind: 'stdio', command, args, env },
		resolved: { command, args, cwd: process.cwd(), env: chosenVariables(env) },
	};
}

/** A header and its value, which comes from the environment: arguments are there for everybody on this machine to read. */
function readHeader(text: string): readonly [string, string] {
	const cut = text.indexOf('=');
	const name = text.slice(0, cut);
	const variable = text.slice(cut + 1);
	if (cut < 1 || !isVariable(variable)) {
		throw new UsageError('--header takes NAME=VARIABLE: a header, and the variable that holds its value');
	}
	const value = process.env[variable];
	if (value === undefined || value === '') {
		throw new UsageError(`the variable ${variable}, which --header names, is not set`);
	}
	return [name, value];
}

function isVariable(name: string): boolean {
	return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name);
}

function chosenVariables(names: readonly string[]): Record<string, string> {
	return Object.fromEntries(
		names.flatMap(name => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
	);
}

/** The folder itself, not a link to it; one that does not exist yet is taken as it is written. */
export function realFolder(folder: string): string {
	try {
		return realpathSync(folder);
	} catch {
		return resolve(folder);
	}
}

/** A logger for stderr, which tells warnings and errors. INVARIANT: secrets are masked before logs. */
export function stderrLogger(out: CliOutput): Logger {
	return {
		trace() {},
		info() {},
		warn: message => {
			out.stderr(`mcp-firewall: ${maskText(message)}`);
		},
		error: message => {
			out.stderr(`mcp-firewall: ${maskText(message)}`);
		},
	};
}
