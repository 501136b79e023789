import { resolve } from 'node:path';
import { type Logger } from '../base/logger';
import { maskText } from '../domain/inspection/maskSecrets';
import { launchName, launchRoots } from '../domain/registry/launchName';
import { type PublicJwk } from '../domain/identity/publicJwk';
import { type Launch, serverIdOf } from '../domain/registry/launch';
import { notePolicy } from '../firewall/notePolicy';
import { noteCredentials, noteUpstream } from '../firewall/noteUpstream';
import { type Durability, type FirewallPorts, type GuardedServer } from '../firewall/ports';
import { type SessionPaths } from '../firewall/sessionPaths';
import { runStdioFace } from '../proxy/face/stdioFace';
import { type UpstreamEnd } from '../proxy/upstream/upstream';
import { type UpstreamSignIn } from '../proxy/upstream/upstreamSignIn';
import { describeChange } from '../storage/policyChange';
import { type Journal } from '../storage/journal';
import { MachineSecrets } from '../storage/machineSecrets';
import { PolicyFiles } from '../storage/policyFiles';
import { keepPolicies } from '../storage/policyStore';
import { type RetentionLimits } from '../storage/retentionPlan';
import { systemClock, systemHost, systemIds } from '../storage/system';
import { chosenUpstream } from './chosenUpstream';
import { EXIT_UNUSABLE } from './command';
import { HeadlessDecision, takeToken } from './decisionOptions';
import { GatewayLocks } from './gatewayLocks';
import { type GatewayOptions } from './gatewayOptions';
import { runHttpGateway } from './httpGateway';
import { openPrincipalDesk, readIdentityFile } from './identityDesk';
import { layeredFiles } from './layerOptions';
import { lockedKeys } from './lockedOptions';
import { type CliOutput } from './output';
import { problemLines } from './policyProblems';
import { realFolder } from './realFolder';
import { FollowedSpans } from './spanSender';

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
		readonly retention?: () => RetentionLimits;
	},
) => Promise<GatewayCore>;

/** Milliseconds a person has to answer an elicitation. */
const APPROVAL_TIMEOUT_MS = 120_000;
/** All of the trail is kept. */
const NO_LIMITS: RetentionLimits = { days: 0, megabytes: 0 };

/**
 * An MCP server that guards another one, on stdio or where it listens. Resolves with the exit code; writes only protocol to
 * stdout. Without `openSignIn` an upstream that wants OAuth is refused with a sentence that says so.
 */
export async function runGateway(
	asked: GatewayOptions,
	openCore: OpenCore,
	out: CliOutput,
	openSignIn?: OpenSignIn,
): Promise<number> {
	// Before anything else reads the environment: no child is given the token, not even by name.
	const token = takeToken(process.env);
	const { launch, resolved } = chosenUpstream(asked.upstream);
	const policyFile = resolve(asked.policyFile);
	const files = layeredFiles(policyFile, asked.layers, asked.compositionFile);
	const policy = new PolicyFiles(files);
	const logger = stderrLogger(out);
	const { locks, decision } = await underLocks(asked, launch, policy, token, logger).catch((error: unknown) => {
		policy.dispose();
		throw error;
	});
	// What no lock changes.
	const { options } = locks;
	const tellProblems = () => {
		problemLines(policy.current()).forEach(line => {
			out.stderr(line);
		});
	};
	tellProblems();
	policy.onDidChange(tellProblems);
	const spans = new FollowedSpans(options.otlpEndpoint, logger);
	const folder = realFolder(options.workspace ?? process.cwd());
	const secrets = new MachineSecrets({ folders: () => [folder], env: process.env, clock: systemClock });
	await secrets.start();
	const core = await openCore({
		known: () => secrets.current(),
		dataDirectory: resolve(options.dataDirectory),
		durability: () => locks.options.durability ?? 'written',
		retention: () => locks.options.retention ?? NO_LIMITS,
		protectedFiles: () => [
			...[...files.organisation, policyFile, policy.reading().base, ...files.workspace, options.compositionFile],
			// Whoever can write there says whose badges and whose break-glass tokens count at the next start.
			...[options.identityFile, options.decision?.keysFile].flatMap(file =>
				file === undefined ? [] : [resolve(file)],
			),
		],
		logger,
		policy,
		registry: { find: () => undefined },
		stop: { stopped: false, onDidStop: () => ({ dispose() {} }) },
		host: () => systemHost([folder]),
		notify: () => undefined,
		approvalTimeoutMs: () => APPROVAL_TIMEOUT_MS,
		paramsHash: () => locks.options.paramsHash ?? true,
		decisionPoint: () => decision.point,
		overrides: decision,
	});
	core.journal.onDidAppend(entry => spans.add(entry));
	notePolicy(core.ports, policy.current());
	policy.onDidChange(load => {
		const change = policy.lastChange();
		notePolicy(core.ports, load, change && { text: describeChange(change), previous: change.previous });
	});
	keepPolicies(policy, resolve(options.dataDirectory), logger);
	await decision.start(core.ports);
	const desk = openPrincipalDesk(() => locks.trust, resolve(options.dataDirectory), logger);
	const follow = () => {
		spans.follow(locks.options.otlpEndpoint);
		decision.follow(locks.options.decision, logger);
		desk.reconsider();
	};
	locks.onDidChange(follow);
	// What has changed while all this was opened.
	follow();
	const ending = new AbortController();
	const end = () => {
		ending.abort();
	};
	// Not `once`: `signal-exit`, which our libraries bring, ends the process by the signal as soon as nobody else listens.
	process.on('SIGINT', end).on('SIGTERM', end);
	try {
		const plain = guardedServer(launch, options, folder);
		const identity = desk.serve(plain.id);
		const server: GuardedServer = {
			...plain,
			principal: identity.principal,
			notListed: () => locks.signal.aborted,
		};
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
			stop: locks.signal,
		};
		const code =
			options.listen === undefined
				? await runStdioFace({ ...common, input: process.stdin, output: process.stdout })
				: await runHttpGateway({ ...common, listen: options.listen, out });
		return locks.signal.aborted ? EXIT_UNUSABLE : code;
	} finally {
		locks.dispose();
		decision.dispose();
		desk.dispose();
		policy.dispose();
		secrets.dispose();
		await core.close();
		await spans.close();
	}
}

/** What the command line says, under what the organisation locks, now and later. */
async function underLocks(
	asked: GatewayOptions,
	launch: Launch,
	policy: PolicyFiles,
	token: string | undefined,
	logger: Logger,
) {
	const own = await readIdentityFile(asked.identityFile);
	const locks = new GatewayLocks({ asked, launch, trust: own }, policy, why => logger.warn(why));
	const admit = (keys: readonly PublicJwk[]) => lockedKeys(keys, policy.locks());
	try {
		return { locks, decision: await HeadlessDecision.open(locks.options.decision, process.env, token, admit) };
	} catch (error) {
		locks.dispose();
		throw error;
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
