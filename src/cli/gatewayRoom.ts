import { type Durability } from '../firewall/ports';
import { type FixedPlace } from '../proxy/face/socketAddress';
import { type UpstreamChoice } from './chosenUpstream';
import { type Command } from './command';
import { needed, readCommandLine, refuseUnknown, UsageError } from './commandLine';
import { DECISION_ARGUMENTS, readDecisionOptions } from './decisionOptions';
import { type OpenCore, runGateway } from './gateway';
import { LAYER_ARGUMENTS, readLayerOptions } from './layerOptions';

const OPTIONS = {
	policy: { type: 'string' },
	data: { type: 'string' },
	'server-id': { type: 'string' },
	workspace: { type: 'string' },
	durability: { type: 'string' },
	listen: { type: 'string' },
	identity: { type: 'string' },
	'otlp-endpoint': { type: 'string' },
	env: { type: 'string', multiple: true },
	url: { type: 'string' },
	header: { type: 'string', multiple: true },
	'no-params-hash': { type: 'boolean' },
	'retention-days': { type: 'string' },
	'retention-megabytes': { type: 'string' },
	...LAYER_ARGUMENTS,
	...DECISION_ARGUMENTS,
} as const;

/** The gateway as a command; the composition root brings the core and the catalogue that came with the product. */
export function gatewayRoom(openCore: OpenCore, compositionFile: string): readonly Command[] {
	return [
		{
			name: 'gateway',
			help: `  gateway --policy FILE --data DIR [LAYERS] [--server-id NAME] [--workspace DIR] [--env NAME]… [--listen AT] -- COMMAND ARGS…
                                       a stdio MCP server that guards the one it starts; with --listen PORT or
                                       --listen SOCKET it serves Streamable HTTP on this machine, behind a token
          … [--otlp-endpoint URL]      sends spans of calls there (OTLP/HTTP JSON); headers, name=value separated by
                                       commas, come from the variable MCP_FIREWALL_OTLP_HEADERS
          … --url URL [--header NAME=VARIABLE]…
                                       in place of a command: guards the server at a URL (Streamable HTTP or SSE)
          … --durability synced        every entry of the audit trail is on the disk before its answer leaves
          … --identity FILE            whose badges count for the identity of the server (RFC-002, RFC-007); nobody's
                                       without it, and then nothing is fetched
          … --decision-service URL [--decision-kind pip|opa] [--break-glass-keys FILE]
                                       asks there (RFC-005, or OPA's REST data API) about each call that the policy lets
                                       pass; headers come from MCP_FIREWALL_DECISION_HEADERS, like those of OTLP. A token
                                       in MCP_FIREWALL_BREAK_GLASS, signed with one of the keys, stands above it once
          … --no-params-hash           without the plain hash of arguments in the audit trail: short ones can be guessed`,
			async run(args, out) {
				const cut = args.indexOf('--');
				const own = args.slice(0, cut < 0 ? undefined : cut);
				refuseUnknown(own, OPTIONS);
				if (cut < 0 && !own.some(arg => arg === '--url' || arg.startsWith('--url='))) {
					throw new UsageError(
						'the command that starts the server goes behind "--", or its address behind "--url"',
					);
				}
				const { values } = readCommandLine(own, [], OPTIONS);
				const policyFile = needed(values.policy, '--policy');
				const dataDirectory = needed(values.data, '--data');
				return runGateway(
					{
						policyFile,
						compositionFile,
						layers: readLayerOptions(values),
						dataDirectory,
						upstream: readUpstream(values, cut < 0 ? undefined : args.slice(cut + 1)),
						durability: readDurability(values.durability),
						...(values['server-id'] !== undefined && { serverName: values['server-id'] }),
						...(values['otlp-endpoint'] !== undefined && { otlpEndpoint: values['otlp-endpoint'] }),
						...(values.identity !== undefined && { identityFile: values.identity }),
						...(values.listen !== undefined && { listen: readPlace(values.listen) }),
						...(values.workspace !== undefined && { workspace: values.workspace }),
						retention: {
							days: readLimit(values['retention-days'], '--retention-days'),
							megabytes: readLimit(values['retention-megabytes'], '--retention-megabytes'),
						},
						paramsHash: values['no-params-hash'] !== true,
						decision: readDecisionOptions(values),
					},
					openCore,
					out,
				);
			},
		},
	];
}

function readUpstream(
	values: { readonly url?: string; readonly header?: readonly string[]; readonly env?: readonly string[] },
	command: readonly string[] | undefined,
): UpstreamChoice {
	const { url, header, env } = values;
	if (url === undefined) {
		if (header !== undefined) {
			throw new UsageError('--header goes with --url');
		}
		return { kind: 'stdio', command: command ?? [], env: env ?? [] };
	}
	if (command !== undefined || env !== undefined) {
		throw new UsageError('--url goes without a command and without --env');
	}
	return { kind: 'http', url, headers: header ?? [] };
}

/** A port of the loopback interface, or the path of a socket. */
function readPlace(text: string): FixedPlace {
	if (!/^\d+$/.test(text)) {
		return { path: text };
	}
	const port = Number(text);
	if (port > 65_535) {
		throw new UsageError('--listen takes a port from 0 to 65535 (0: any), or the path of a socket');
	}
	return { port };
}

function readDurability(text: string | undefined): Durability {
	if (text !== undefined && text !== 'written' && text !== 'synced') {
		throw new UsageError('--durability is written or synced');
	}
	return text ?? 'written';
}

/** A whole number of zero or more; 0, which is no limit, where nothing was said. */
function readLimit(text: string | undefined, option: string): number {
	if (text !== undefined && !/^\d{1,9}$/.test(text)) {
		throw new UsageError(`${option} takes a whole number; 0 is no limit`);
	}
	return Number(text ?? 0);
}
