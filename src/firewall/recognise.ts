import { type ServerEntry } from '../domain/registry/serverEntry';
import { pinState } from '../domain/registry/pin';
import { refused, type Ending } from './ending';
import { type PathContext } from './pathContext';
import { whyStopped } from './standing';

/** What recognition gives: the reviewed entry, if there is one, or the way out. */
export type Recognition =
	{ readonly ok: true; readonly entry: ServerEntry | undefined } | { readonly ok: false; readonly ending: Ending };

/** Step 1 for a server: emergency stop, registered, approved. */
export function recogniseServer(context: PathContext): Recognition {
	const { ports, server } = context;
	const why = whyStopped(ports, server);
	return why === undefined
		? { ok: true, entry: ports.registry.find(server.id) }
		: { ok: false, ending: refused(why) };
}

/** Step 1 for a tool: its server is recognised, and it is what the person reviewed. */
export function recogniseTool(context: PathContext, tool: string): Recognition {
	const recognition = recogniseServer(context);
	if (!recognition.ok || recognition.entry === undefined) {
		return recognition;
	}
	const { entry } = recognition;
	const pin = entry.tools.find(candidate => candidate.name === tool);
	if (pin === undefined) {
		return { ok: false, ending: refused('tool_not_reviewed') };
	}
	const listed = context.tools.get(tool);
	if (listed !== undefined && pinState(entry.tools, listed) === 'drifted') {
		return { ok: false, ending: refused('tool_drifted', pin.capability) };
	}
	return recognition;
}
