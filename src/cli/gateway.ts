import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Logger } from '../base/logger';
import { maskText } from '../domain/inspection/maskSecrets';
import { launchName, launchRoots } from '../domain/registry/launchName';
import { serverIdOf } from '../domain/registry/launch';
import { notePolicy } from '../firewall/notePolicy';
import { type FirewallPorts, type GuardedServer, type SessionPaths } from '../firewall/ports';
import { type FixedPlace } from '../proxy/socketAddress';
import { runStdioFace } from '../proxy/stdioFace';
import { describeChange } from '../storage/policyChange';
import { PolicyFiles } from '../storage/policyFiles';
import { keepPolicies } from '../storage/policyStore';
import { systemClock, systemHost, systemIds } from '../storage/system';
import { UsageError } from './commandLine';
import { runHttpGateway } from './httpGateway';
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
	/** The upstream's command and arguments. */
	readonly command: readonly string[];
	/** The name that rules and the trail know the server by. */
	readonly serverName?: string;
	readonly workspace?: string;
	/** Names of variables of our own environment that the upstream gets besides the allow-listed ones. */
	readonly env: readonly string[];
	/** Serves Streamable HTTP there, behind a token, in place of stdio. */
	readonly listen?: FixedPlace;
}

/** The core as a gateway needs it; the composition root builds it. */
export interface GatewayCore {
	readonly firewall: SessionPaths;
	/** Where changes of the policy are recorded. */
	readonly ports: Pick<FirewallPorts, 'trail' | 'ids' | 'clock' | 'logger'>;
	close(): Promise<void>;
}

/** Opens the core over these parts. */
export type OpenCore = (
	parts: Omit<FirewallPorts, 'clock' | 'ids' | 'digest' | 'paths' | 'trail' | 'grantStore'> & {
		readonly dataDirectory: string;
		readonly protectedFiles: () => readonly string[];
	},
) => Promise<GatewayCore>;

/** Milliseconds a person has to answer an elicitation. */
const APPROVAL_TIMEOUT_MS = 120_000;

/** A stdio MCP server that guards the one it starts. Resolves with the exit code; writes only protocol to stdout. */
export async function runGateway(options: GatewayOptions, openCore: OpenCore, out: CliOutput): Promise<number> {
	const [command, ...args] = options.command;
	if (command === undefined) {
		throw new UsageError('name the server to start behind "--"');
	}
	const wrongName = options.env.find(name => !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name));
	if (wrongName !== undefined) {
		// The value behind a "=" may be a secret, so it is not repeated.
		throw new UsageError('--env takes the name of a variable, and nothing else');
	}
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
	const folder = realFolder(options.workspace ?? process.cwd());
	const core = await openCore({
		dataDirectory: resolve(options.dataDirectory),
		protectedFiles: () => [...files.organisation, policyFile, ...files.workspace, options.compositionFile],
		logger,
		policy,
		registry: { find: () => undefined },
		stop: { stopped: false, onDidStop: () => ({ dispose() {} }) },
		host: () => systemHost([folder]),
		notify: () => undefined,
		approvalTimeoutMs: () => APPROVAL_TIMEOUT_MS,
	});
	notePolicy(core.ports, policy.current());
	policy.onDidChange(load => {
		const change = policy.lastChange();
		notePolicy(core.ports, load, change && describeChange(change));
	});
	keepPolicies(policy, resolve(options.dataDirectory), logger);
	const ending = new AbortController();
	const end = () => {
		ending.abort();
	};
	process.once('SIGINT', end).once('SIGTERM', end);
	try {
		const common = {
			server: guardedServer(command, args, options, folder),
			launch: { command, args, cwd: process.cwd(), env: chosenVariables(options.env) },
			sessionPaths: core.firewall,
			clock: systemClock,
			ids: systemIds,
			logger,
			onStderr: (line: string) => {
				out.stderr(maskText(line));
			},
			signal: ending.signal,
		};
		return options.listen === undefined
			? await runStdioFace({ ...common, input: process.stdin, output: process.stdout })
			: await runHttpGateway({ ...common, listen: options.listen, out });
	} finally {
		policy.dispose();
		await core.close();
	}
}

function guardedServer(
	command: string,
	args: readonly string[],
	options: GatewayOptions,
	folder: string,
): GuardedServer {
	const launch = { kind: 'stdio', command, args, env: options.env } as const;
	const name = launchName(launch);
	return {
		id: serverIdOf(launch),
		name: options.serverName ?? name.name,
		...(name.packageName !== undefined && { packageName: name.packageName }),
		launch,
		roots: [...launchRoots(launch, process.cwd()), folder],
		reviewRequired: false,
	};
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
