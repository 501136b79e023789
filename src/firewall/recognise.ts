import { type JsonObject } from '../base/json';
import { toolDrift } from '../domain/registry/drift';
import { type ServerEntry } from '../domain/registry/serverEntry';
import { refused, type Ending } from './ending';
import { impostorInFlight } from './identityStanding';
import { ownMeta } from './ownRequest';
import { type Part, type PathContext } from './pathContext';
import { whyStopped } from './standing';

/** What recognition gives: the review that decides, if there is one, or the way out. */
export type Recognition =
	{ readonly ok: true; readonly entry: ServerEntry | undefined } | { readonly ok: false; readonly ending: Ending };

/** Step 1 for a server: emergency stop, registered, approved; and it introduces itself as it did when it was reviewed. */
export function recogniseServer(context: PathContext): Recognition {
	const { ports, server, review, surface } = context;
	const why = whyStopped(ports, server);
	if (why !== undefined) {
		return { ok: false, ending: refused(why) };
	}
	const { entry, approved } = review.current();
	if (server.reviewRequired && !approved) {
		return { ok: false, ending: refused('server_not_approved') };
	}
	if (entry !== undefined && surface.introductionDrift(entry).some(({ severity }) => severity === 'high')) {
		return { ok: false, ending: refused('server_drifted') };
	}
	return { ok: true, entry };
}

/** True where a server may say something by itself: it is recognised, and nothing shows that it is somebody else. */
export function maySpeak(context: PathContext, method: string): boolean {
	return recogniseServer(context).ok && impostorInFlight(context, { method, from: 'server' }) === undefined;
}

/**
 * The same for a request of the client, once what the server says of itself was compared with the review as far as the
 * request needs it: its introduction, and these lists.
 */
export async function meetServer(
	context: PathContext,
	params: JsonObject,
	parts: readonly Part[] = [],
): Promise<Recognition> {
	const recognition = recogniseServer(context);
	if (!recognition.ok || recognition.entry === undefined) {
		return recognition;
	}
	const ready = await context.surface.ready(context, recognition.entry, parts, ownMeta(params));
	const after = recogniseServer(context);
	return ready || !after.ok ? after : { ok: false, ending: refused('surface_unknown') };
}

/** Step 1 for a tool: its server is recognised, and the tool is listed as the person reviewed it. */
export async function recogniseTool(context: PathContext, tool: string, params: JsonObject): Promise<Recognition> {
	const recognition = await meetServer(context, params, ['tools']);
	if (!recognition.ok || recognition.entry === undefined) {
		return recognition;
	}
	const pin = recognition.entry.tools.find(candidate => candidate.name === tool);
	if (pin === undefined) {
		return { ok: false, ending: refused('tool_not_reviewed') };
	}
	const listed = context.surface.tools.get(tool);
	if (listed === undefined) {
		return context.surface.tools.whole
			? { ok: false, ending: refused('tool_not_listed', pin.capability) }
			: recognition;
	}
	return toolDrift(pin, listed)?.severity === 'high'
		? { ok: false, ending: refused('tool_drifted', pin.capability) }
		: recognition;
}
