import { UNKNOWN_CAPABILITY } from '../domain/policy/capabilityName';
import { type Launch } from '../domain/registry/launch';
import { pinState, type ToolPin, toolDigest } from '../domain/registry/pin';
import { type LaunchContext } from '../domain/registry/resolveLaunch';
import { type SupplyPin } from '../domain/registry/supplyPin';
import { type ServerSurface } from '../domain/registry/surface';
import { type GuardDeps, type ToolReview } from './guardPorts';
import { confirmedLaunch, type ShownLaunch } from './launchForReview';
import { failureText } from './problemText';
import { quoteForPerson } from './quote';
import { say } from './say';

/** A server that is about to be started so that its tools can be reviewed. */
export interface ServerToList {
	/** Of the launch before it is resolved. */
	readonly id: string;
	readonly name: string;
	readonly launch: Launch;
	/** Secrets. */
	readonly values: Readonly<Record<string, string>>;
	readonly file: string;
	readonly folder?: string;
	/** The exact version that was put into the launch, because its file names none. */
	readonly pinnedTo?: string;
}

/** What there is to review. */
export interface ListedForReview {
	readonly surface: ServerSurface;
	readonly supply: SupplyPin;
}

/** No honest server has more tools; a list for a person must end. */
const MAX_TOOLS = 1000;

/**
 * Asks the person whether the program may be started, unless they have `agreed` to that very launch, starts it and lists its
 * tools. Undefined when the person said no or cancelled, or when it failed, which was then shown.
 */
export async function listForReview(
	deps: GuardDeps,
	server: ServerToList,
	agreed?: ShownLaunch,
): Promise<ListedForReview | undefined> {
	const { ui } = deps;
	const name = quoteForPerson(server.name, 60);
	const { launch } = server;
	const resolved = await confirmedLaunch(ui, server, launchContext(deps, server.folder), agreed);
	if (resolved === undefined) {
		return undefined;
	}
	const reached = 'kind' in resolved ? ((await deps.withSignIn?.(server, resolved)) ?? resolved) : resolved;
	const deadline = new AbortController();
	const timer = deps.clock.schedule(deps.listDeadlineMs, () => deadline.abort());
	const left: { cancelled?: AbortSignal } = {};
	try {
		// Before it runs: what is pinned is what was there when the person said that it may start.
		const supply = await deps.pinSupply(launch, resolved);
		const surface = await ui.progress(say('Listing the tools of “{0}”…', name), signal => {
			left.cancelled = signal;
			return deps.listTools(reached, AbortSignal.any([signal, deadline.signal]), server.id);
		});
		return checked(deps, name, surface) ? { surface, supply } : undefined;
	} catch (error) {
		if (left.cancelled?.aborted !== true) {
			const why = deadline.signal.aborted
				? say('it did not answer in time')
				: quoteForPerson(failureText(error), 300);
			ui.error(say('The tools of “{0}” cannot be listed: {1}.', name, why));
		}
		return undefined;
	} finally {
		timer.dispose();
	}
}

/** Where a launch of a folder is resolved in this window. */
export function launchContext({ host }: Pick<GuardDeps, 'host'>, folder: string | undefined): LaunchContext {
	return { ...host(), ...(folder !== undefined && { workspaceFolder: folder }) };
}

/** Compares what is listed with the pins. Without pins everything is new and admitted unless the person says otherwise. */
export function reviewsOf(
	deps: GuardDeps,
	server: { readonly name: string; readonly launch: Launch },
	listed: Pick<ServerSurface, 'tools'>,
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

function checked(deps: GuardDeps, name: string, listed: ServerSurface): boolean {
	const names = new Set(listed.tools.map(tool => tool.name));
	if (listed.tools.length > MAX_TOOLS || names.size !== listed.tools.length) {
		deps.ui.error(say('“{0}” lists too many tools, or two of the same name. It cannot be guarded.', name));
		return false;
	}
	return true;
}
