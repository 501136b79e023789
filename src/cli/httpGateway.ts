import { type Clock, type IdSource } from '../base/clock';
import { type Logger } from '../base/logger';
import { type GuardedServer } from '../firewall/ports';
import { type SessionPaths } from '../firewall/sessionPaths';
import { elicitationApprover } from '../proxy/relay/elicitationApprover';
import { type ServedIdentity } from '../proxy/identity/principalDesk';
import { Endpoint, type ServedServer } from '../proxy/face/endpoint';
import { type FixedPlace } from '../proxy/face/socketAddress';
import { type UpstreamLaunch } from '../proxy/upstream/openUpstream';
import { AT_ONCE, type UpstreamEnd } from '../proxy/upstream/upstream';
import { UsageError } from './commandLine';
import { type CliOutput } from './output';

/** What a gateway that listens needs. */
export interface HttpGatewayOptions {
	readonly server: GuardedServer;
	readonly launch: UpstreamLaunch;
	/** Watches who the server is. */
	readonly identity: Pick<ServedIdentity, 'wrap'>;
	readonly sessionPaths: SessionPaths;
	readonly clock: Clock;
	readonly ids: IdSource;
	readonly logger: Logger;
	readonly listen: FixedPlace;
	readonly out: CliOutput;
	/** Lines of the upstream's stderr. Attacker-controlled. */
	readonly onStderr: (line: string) => void;
	/** The upstream was started or connected to; with its end: it is gone. */
	readonly onUpstream: (end: UpstreamEnd | undefined) => void;
	/** Ends the gateway when it aborts. */
	readonly signal: AbortSignal;
	/** Ends it at once: what is in flight is refused, the process trees killed. */
	readonly stop: AbortSignal;
}

/** The variable that holds the token clients have to send; without it a random one is made and told. */
const TOKEN_VARIABLE = 'MCP_FIREWALL_TOKEN';
/** What may stand behind `Bearer` (RFC 6750 §2.1), and long enough that nobody guesses it. */
const TOKEN = /^[A-Za-z0-9._~+/-]{16,256}=*$/;

/**
 * Serves one guarded server over Streamable HTTP until `signal` or `stop` aborts; resolves with 0. The address goes to stderr, with a
 * token only where we made it. Whoever is to approve is asked through the client, by elicitation, if it offers that.
 */
export async function runHttpGateway(options: HttpGatewayOptions): Promise<number> {
	const { server, launch, identity, listen, out, signal, stop, onStderr, onUpstream, ...parts } = options;
	const given = process.env[TOKEN_VARIABLE];
	if (given !== undefined && !TOKEN.test(given)) {
		throw new UsageError(`${TOKEN_VARIABLE} takes 16 to 256 letters, digits and ._~+/-`);
	}
	if (!/^[A-Za-z0-9_-]{1,128}$/.test(server.name)) {
		throw new UsageError(
			'with --listen, --server-id takes letters, digits, "_" and "-": it is part of the address',
		);
	}
	const served: ServedServer = {
		server,
		approver: requester => elicitationApprover(requester, parts.clock),
		launch: () => Promise.resolve(launch),
		identity,
	};
	const endpoint = await Endpoint.open({
		...parts,
		at: listen,
		wrongToken: 401,
		...(given !== undefined && { token: given }),
		servers: name => (name === server.name ? served : undefined),
		onStderr: (_, line) => {
			onStderr(line);
		},
		onUpstream: (_, end) => {
			onUpstream(end);
		},
	});
	const { uri, headers } = endpoint.uriFor(server.name);
	out.stderr(`mcp-firewall: listening at ${uri}`);
	if (given === undefined) {
		out.stderr(`mcp-firewall: clients send "Authorization: ${headers.Authorization ?? ''}"`);
	}
	await new Promise<void>(resolve => {
		for (const each of [signal, stop]) {
			if (each.aborted) {
				resolve();
			}
			each.addEventListener('abort', () => resolve(), { once: true });
		}
	});
	await endpoint.close(stop.aborted ? AT_ONCE : undefined);
	return 0;
}
