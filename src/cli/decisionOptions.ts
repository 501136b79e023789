import { readFile } from 'node:fs/promises';
import { inEnglish } from '../base/phrase';
import { type Disposable } from '../base/disposable';
import { errorText } from '../base/errors';
import { type Logger } from '../base/logger';
import { parseJson } from '../base/strictJson';
import { type DecisionPoint, type Override, type Overrides } from '../domain/identity/decisionPoint';
import { type PublicJwk } from '../domain/identity/publicJwk';
import { DECISION_KINDS, type DecisionKind } from '../domain/identity/readDecision';
import { readPublicKeys } from '../domain/identity/readPublicKeys';
import { type EventPorts } from '../firewall/noteEvent';
import { OverrideDesk } from '../firewall/overrideDesk';
import { decisionTarget } from '../proxy/decision/decisionTarget';
import { HttpDecisionPoint } from '../proxy/decision/httpDecisionPoint';
import { silentDecisionPoint } from '../proxy/decision/openDecisionPoint';
import { readHeaderList } from '../proxy/otlp/otlpTarget';
import { systemClock, systemIds } from '../storage/system';
import { usedTokensHere } from '../storage/usedTokens';
import { UsageError } from './commandLine';

/** The external decision service, and whose break-glass tokens stand above it, as the command line says. */
export interface DecisionOptions {
	readonly url?: string;
	readonly kind: DecisionKind;
	/** A file with the administrators' public keys: a JWK, a list, or a set. */
	readonly keysFile?: string;
}

/** What `parseArgs` has to know of these options. */
export const DECISION_ARGUMENTS = {
	'decision-service': { type: 'string' },
	'decision-kind': { type: 'string' },
	'break-glass-keys': { type: 'string' },
} as const;

/** The variables that hold what is no argument, because arguments are there for everybody on this machine to read. */
const HEADERS = 'MCP_FIREWALL_DECISION_HEADERS';
const TOKEN = 'MCP_FIREWALL_BREAK_GLASS';

/** Reads what `parseArgs` found. Throws a {@link UsageError}. */
export function readDecisionOptions(values: {
	readonly 'decision-service'?: string | undefined;
	readonly 'decision-kind'?: string | undefined;
	readonly 'break-glass-keys'?: string | undefined;
}): DecisionOptions {
	const url = values['decision-service'];
	const keysFile = values['break-glass-keys'];
	const kind = DECISION_KINDS.find(one => one === (values['decision-kind'] ?? 'pip'));
	if (kind === undefined) {
		throw new UsageError(`--decision-kind is ${DECISION_KINDS.join(' or ')}`);
	}
	if (url === undefined && (values['decision-kind'] !== undefined || keysFile !== undefined)) {
		throw new UsageError('--decision-kind and --break-glass-keys go with --decision-service');
	}
	return { kind, ...(url !== undefined && { url }), ...(keysFile !== undefined && { keysFile }) };
}

/**
 * The decision service of a gateway, and the break-glass token that was given to it in its environment. INVARIANT: the token is
 * taken out of the environment, so that no process that is started from here can have it.
 */
export class HeadlessDecision implements Overrides, Disposable {
	private desk: OverrideDesk | undefined;

	private constructor(
		private readonly env: NodeJS.ProcessEnv,
		private asked: Pick<DecisionOptions, 'url' | 'kind'> | undefined,
		private opened: (DecisionPoint & Disposable) | undefined,
		private readonly keys: () => readonly PublicJwk[],
		private readonly token: string | undefined,
	) {}

	/** Undefined where none is named. */
	get point(): DecisionPoint | undefined {
		return this.opened;
	}

	/** Rejects with a {@link UsageError}, with no value of a header and nothing of a token in it. */
	static async open(
		options: DecisionOptions | undefined,
		env: NodeJS.ProcessEnv,
		token = takeToken(env),
		/** Which of the keys count now; asked each time. */
		admit: (keys: readonly PublicJwk[]) => readonly PublicJwk[] = keys => keys,
	): Promise<HeadlessDecision> {
		const point = options?.url === undefined ? undefined : openDecisionService(options.url, options.kind, env);
		const keys = options?.keysFile === undefined ? [] : await readBreakGlassKeys(options.keysFile);
		return new HeadlessDecision(env, options, point, () => admit(keys), token === '' ? undefined : token);
	}

	/** From now on that service is asked. INVARIANT: one that cannot be used gives no decision; nobody goes on without one. */
	follow(options: Pick<DecisionOptions, 'url' | 'kind'> | undefined, { warn }: Pick<Logger, 'warn'>): void {
		const before = this.asked;
		if (options?.url === before?.url && (options?.url === undefined || options.kind === before?.kind)) {
			return;
		}
		this.asked = options;
		this.opened?.dispose();
		this.opened = undefined;
		if (options?.url !== undefined) {
			try {
				this.opened = openDecisionService(options.url, options.kind, this.env);
			} catch (error) {
				warn(errorText(error));
				this.opened = silentDecisionPoint('it cannot be used');
			}
		}
	}

	/** Puts the token to use; where it does not hold, the log and the trail say so, and the decision service is asked as ever. */
	async start(events: EventPorts): Promise<void> {
		const used = usedTokensHere(() => systemClock.now());
		this.desk = new OverrideDesk({ keys: this.keys, used, clock: systemClock, events });
		const outcome = this.token === undefined ? undefined : await this.desk.use(this.token);
		if (outcome?.ok === false) {
			events.logger.warn(`The break-glass token in ${TOKEN} counts for nothing: ${inEnglish(outcome.why)}.`);
		}
	}

	covering(method: string, route: string): Override | undefined {
		return this.desk?.covering(method, route);
	}

	dispose(): void {
		this.desk?.dispose();
		this.opened?.dispose();
	}
}

/** Takes the break-glass token out of the environment, before anything else reads that. */
export function takeToken(env: NodeJS.ProcessEnv): string | undefined {
	const token = env[TOKEN];
	// eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- an empty variable would still be one
	delete env[TOKEN];
	return token;
}

function openDecisionService(url: string, kind: DecisionKind, env: NodeJS.ProcessEnv): HttpDecisionPoint {
	try {
		const target = decisionTarget(url, readHeaderList(env[HEADERS] ?? ''));
		return new HttpDecisionPoint({ target, kind, clock: systemClock, ids: systemIds });
	} catch (error) {
		throw new UsageError(errorText(error));
	}
}

async function readBreakGlassKeys(keysFile: string): Promise<readonly PublicJwk[]> {
	let text: string;
	try {
		text = await readFile(keysFile, 'utf8');
	} catch (error) {
		throw new UsageError(`--break-glass-keys: ${errorText(error)}`);
	}
	const parsed = parseJson(text, 'strict');
	const read = readPublicKeys(parsed.ok ? parsed.value : undefined);
	if (!read.ok) {
		throw new UsageError(`--break-glass-keys: ${keysFile}: ${read.why}`);
	}
	return read.keys;
}
