import { type Clock } from '../base/clock';
import { phrase, verbatim } from '../base/phrase';
import { type ServerSurface } from '../domain/registry/surface';
import { type ServedIdentity } from './identity/principalDesk';
import { Inspection } from './inspection';
import { INSPECT_DEADLINE_MS } from './limits';
import { readSurface } from './readSurface';
import { openUpstream, type UpstreamLaunch } from './upstream/openUpstream';

/** How a server is asked. */
export interface InspectOptions {
	readonly clock: Clock;
	/** The name under which we introduce ourselves. */
	readonly clientInfo: { readonly name: string; readonly version: string };
	/** For the whole inspection; `INSPECT_DEADLINE_MS` when absent. */
	readonly deadlineMs?: number;
	readonly onStderr?: (line: string) => void;
	/** Finds out who the server is, as far as its review goes; absent where nobody looks. */
	readonly identity?: Pick<ServedIdentity, 'review' | 'principal'>;
}

/**
 * Starts or reaches a server, reads all that it says of itself (name, instructions, tools, prompts, resource templates) and
 * ends it, for review before it is registered. Throws `upstream-failed` with the end of the server's own log,
 * `deadline-exceeded`, or `aborted`.
 */
export async function listTools(
	launch: UpstreamLaunch,
	options: InspectOptions,
	signal: AbortSignal,
): Promise<ServerSurface> {
	const opened = openUpstream(launch, options.clock);
	const upstream = options.identity?.review(opened, launch) ?? opened;
	upstream.onStderr(line => options.onStderr?.(line));
	const inspection = new Inspection(upstream);
	const deadlineMs = options.deadlineMs ?? INSPECT_DEADLINE_MS;
	const abort = () => inspection.fail('aborted', verbatim('The inspection was cancelled.'));
	const timer = options.clock.schedule(deadlineMs, () =>
		inspection.fail(
			'deadline-exceeded',
			phrase('The server did not list its tools within {0} s.', deadlineMs / 1000),
		),
	);
	signal.addEventListener('abort', abort, { once: true });
	try {
		if (signal.aborted) {
			abort();
		}
		await inspection.start();
		const surface = await readSurface(inspection, options.clientInfo);
		// Before it ends: what is known of it then is what the reviewer gets to see.
		await options.identity?.principal.settled(signal);
		return surface;
	} finally {
		timer.dispose();
		signal.removeEventListener('abort', abort);
		await upstream.stop();
	}
}
