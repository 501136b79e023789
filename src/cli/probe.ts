import { homedir } from 'node:os';
import { inEnglish } from '../base/phrase';
import { FirewallError } from '../base/errors';
import { isJsonObject, type JsonObject } from '../base/json';
import { parseJson } from '../base/strictJson';
import { suggestCapability } from '../domain/policy/capability';
import { hasSideEffects } from '../domain/policy/sideEffects';
import { blocksReview, probeFindings } from '../domain/probe/probeFindings';
import { sampleArguments } from '../domain/probe/sampleArguments';
import { type StdioLaunch } from '../domain/registry/launch';
import { launchName } from '../domain/registry/launchName';
import { type ToolDescriptor } from '../domain/registry/toolDescriptor';
import { Probe, type ProbeCall } from '../proxy/probe/probe';
import { systemClock, systemIds } from '../storage/system';
import { type Command, EXIT_UNUSABLE } from './command';
import { readCommandLine, refuseUnknown, UsageError } from './commandLine';
import { type CliOutput } from './output';
import { printable } from './printable';

const OPTIONS = {
	call: { type: 'string', multiple: true },
	workspace: { type: 'string' },
	json: { type: 'boolean' },
} as const;

/** The server did what its tools do not say. */
const EXIT_MISMATCH = 1;

/** The probe as a command: exit 0 where nothing contradicts the capabilities, 1 where something does, 2 where it cannot run. */
export const PROBE_ROOM: readonly Command[] = [
	{
		name: 'probe',
		help: `  probe [--call TOOL[=JSON]]… [--workspace DIR] [--json] -- COMMAND ARGS…
                                       starts a server in a world of its own, calls tools (those that only read, unless
                                       --call names some) and tells what it did beside what their capabilities cover`,
		run(args, out) {
			const cut = args.indexOf('--');
			const own = args.slice(0, cut < 0 ? undefined : cut);
			refuseUnknown(own, OPTIONS);
			const [command, ...rest] = cut < 0 ? [] : args.slice(cut + 1);
			if (command === undefined) {
				throw new UsageError('the command that starts the server goes behind "--"');
			}
			const { values } = readCommandLine(own, [], OPTIONS);
			const launch: StdioLaunch = { kind: 'stdio', command, args: rest, env: [] };
			const calls = new Map((values.call ?? []).map(readCall));
			return runProbe(
				{ launch, calls, folder: values.workspace ?? process.cwd(), json: values.json === true },
				out,
			);
		},
	},
];

interface ProbeCommand {
	readonly launch: StdioLaunch;
	/** By tool; without arguments they are proposed. */
	readonly calls: ReadonlyMap<string, JsonObject | undefined>;
	/** What relative paths of the program count from. */
	readonly folder: string;
	readonly json: boolean;
}

async function runProbe({ launch, calls: wanted, folder, json }: ProbeCommand, out: CliOutput): Promise<number> {
	const ending = new AbortController();
	const end = () => {
		ending.abort();
	};
	process.on('SIGINT', end).on('SIGTERM', end);
	let probe: Probe | undefined;
	try {
		probe = await Probe.open({
			...{ launch, clock: systemClock, ids: systemIds, openFolders: [] },
			real: { workspaceFolder: folder, userHome: homedir(), env: process.env },
			clientInfo: { name: 'mcp-firewall', version: '0' },
		});
		// Timers of ours keep no process alive; the server's pipes do.
		const tools = await probe.start(ending.signal);
		const report = await probe.run(callsOf(launch, tools, wanted, probe), ending.signal);
		const mismatches = probeFindings(report);
		if (json) {
			out.stdout(printable(JSON.stringify({ report, mismatches })));
		} else {
			report.steps
				.filter(({ kind }) => kind === 'tool')
				.forEach(({ tool, capability, outcome }) => {
					out.stdout(printable(`${tool} (${capability}): ${outcome}`));
				});
			mismatches.forEach(({ severity, tool, advice, evidence }) => {
				out.stdout(
					printable(
						`${severity}: ${tool === '' ? '' : `${tool}: `}${inEnglish(advice)} ${evidence.join(', ')}`,
					),
				);
			});
			report.blind.forEach(line => {
				out.stderr(line);
			});
		}
		return blocksReview(mismatches) ? EXIT_MISMATCH : 0;
	} catch (error) {
		if (error instanceof FirewallError && error.code !== 'usage') {
			out.stderr(printable(`probe: ${error.message}`));
			return EXIT_UNUSABLE;
		}
		throw error;
	} finally {
		process.off('SIGINT', end).off('SIGTERM', end);
		await probe?.close();
	}
}

function callsOf(
	launch: StdioLaunch,
	tools: readonly ToolDescriptor[],
	wanted: ReadonlyMap<string, JsonObject | undefined>,
	probe: Probe,
): readonly ProbeCall[] {
	const missing = [...wanted.keys()].find(name => !tools.some(tool => tool.name === name));
	if (missing !== undefined) {
		throw new UsageError(`the server lists no tool ${missing}`);
	}
	const { name, packageName } = launchName(launch);
	return tools.flatMap(tool => {
		const { capability } = suggestCapability({
			...{ policyTable: new Map<string, string>(), serverName: name, tool: tool.name, descriptor: tool },
			...(packageName !== undefined && { packageName }),
		});
		const writes = hasSideEffects(capability);
		if (wanted.size > 0 ? !wanted.has(tool.name) : writes) {
			return [];
		}
		const given = wanted.get(tool.name) ?? sampleArguments(tool.inputSchema, probe.world, writes);
		return [{ tool: tool.name, capability, arguments: given }];
	});
}

function readCall(text: string): readonly [string, JsonObject | undefined] {
	const cut = text.indexOf('=');
	if (cut < 0) {
		return [text, undefined];
	}
	const parsed = parseJson(text.slice(cut + 1), 'strict');
	if (!parsed.ok || !isJsonObject(parsed.value)) {
		throw new UsageError('--call takes TOOL or TOOL=JSON, and the JSON is an object');
	}
	return [text.slice(0, cut), parsed.value];
}
