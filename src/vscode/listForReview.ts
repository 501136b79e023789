import { errorText } from '../base/errors';
import { UNKNOWN_CAPABILITY } from '../domain/policy/capabilityName';
import { type StdioLaunch } from '../domain/registry/launch';
import { pinState, type ToolPin, toolDigest } from '../domain/registry/pin';
import { type LaunchContext, resolveLaunch, variablesIn } from '../domain/registry/resolveLaunch';
import { type GuardDeps, type ListedServer, type ToolReview } from './guardPorts';
import { quoteForPerson } from './quote';

/** A server that is about to be started so that its tools can be reviewed. */
export interface ServerToList {
	readonly name: string;
	readonly launch: StdioLaunch;
	/** Secrets. */
	readonly envValues: Readonly<Record<string, string>>;
	readonly file: string;
	readonly folder?: string;
}

/** No honest server has more tools; a list for a person must end. */
const MAX_TOOLS = 1000;

/**
 * Asks the person whether the program may be started, starts it and lists its tools. Undefined when the person said no or
 * cancelled, or when it failed, which was then shown.
 */
export async function listForReview(deps: GuardDeps, server: ServerToList): Promise<ListedServer | undefined> {
	const { ui } = deps;
	const name = quoteForPerson(server.name, 60);
	const context: LaunchContext = {
		...deps.host(),
		...(server.folder !== undefined && { workspaceFolder: server.folder }),
	};
	const resolved = resolveLaunch(server.launch, server.envValues, context);
	const shown = resolveLaunch(server.launch, server.envValues, { ...context, env: unresolvedEnv(server.launch) });
	if ('problem' in resolved || 'problem' in shown) {
		ui.error(`“${name}” cannot be started: ${'problem' in resolved ? quoteForPerson(resolved.problem, 300) : ''}.`);
		return undefined;
	}
	const { command, args, cwd } = shown;
	const question = { serverName: server.name, command, args, cwd, env: server.launch.env, file: server.file };
	if (!(await ui.confirmLaunch(question))) {
		return undefined;
	}
	const deadline = new AbortController();
	const timer = deps.clock.schedule(deps.listDeadlineMs, () => deadline.abort());
	const left: { cancelled?: AbortSignal } = {};
	try {
		const listed = await ui.progress(`Listing the tools of “${name}”…`, signal => {
			left.cancelled = signal;
			return deps.listTools(resolved, AbortSignal.any([signal, deadline.signal]));
		});
		return checked(deps, name, listed);
	} catch (error) {
		if (left.cancelled?.aborted !== true) {
			const why = deadline.signal.aborted ? 'it did not answer in time' : quoteForPerson(errorText(error), 300);
			ui.error(`The tools of “${name}” cannot be listed: ${why}.`);
		}
		return undefined;
	} finally {
		timer.dispose();
	}
}

/** Compares what is listed with the pins. Without pins everything is new and admitted unless the person says otherwise. */
export function reviewsOf(
	deps: GuardDeps,
	server: { readonly name: string; readonly launch: StdioLaunch },
	listed: ListedServer,
	pins?: readonly ToolPin[],
): readonly ToolReview[] {
	return listed.tools.map(tool => {
		const pin = pins?.find(({ name }) => name === tool.name);
		const state = pinState(pins ?? [], tool);
		const suggestion = pin === undefined ? deps.suggestCapability(server, tool) : undefined;
		return {
			...{ tool, state },
			...(pin !== undefined && { before: pin.reviewed }),
			...(suggestion !== undefined && { suggestion }),
			capability: pin?.capability ?? suggestion?.capability ?? UNKNOWN_CAPABILITY,
			admitted: pins === undefined || state === 'pinned',
		};
	});
}

/** The pins of what the person admitted. */
export function pinsOf(reviews: readonly ToolReview[]): readonly ToolPin[] {
	return reviews
		.filter(({ admitted }) => admitted)
		.map(({ tool, capability }) => ({ name: tool.name, digest: toolDigest(tool), capability, reviewed: tool }));
}

function checked(deps: GuardDeps, name: string, listed: ListedServer): ListedServer | undefined {
	const names = new Set(listed.tools.map(tool => tool.name));
	if (listed.tools.length > MAX_TOOLS || names.size !== listed.tools.length) {
		deps.ui.error(`“${name}” lists too many tools, or two of the same name. It cannot be guarded.`);
		return undefined;
	}
	return listed;
}

/** Values of the environment may be secrets, so the person is shown the variables by name. */
function unresolvedEnv(launch: StdioLaunch): Readonly<Record<string, string>> {
	const names = [launch.command, ...launch.args, launch.cwd ?? '']
		.flatMap(variablesIn)
		.filter(inside => inside.startsWith('env:'));
	return Object.fromEntries(names.map(inside => [inside.slice('env:'.length), `\${${inside}}`]));
}
