import { type Clock } from '../base/clock';
import { noteEvent } from './noteEvent';
import { type Part, type PathContext } from './pathContext';
import { recordedServer } from './recordedServer';

/** Notifications that make a list another one. */
export const LIST_CHANGES: ReadonlyMap<string, Part> = new Map([
	['notifications/tools/list_changed', 'tools'],
	['notifications/prompts/list_changed', 'prompts'],
	['notifications/resources/list_changed', 'templates'],
]);

/** Milliseconds for which the same notification of a session leaves no further entry: no server fills the trail with it. */
const QUIET_MS = 1_000;

/** The events `list-changed` of one session; how many were left out stands in the next one. */
export class ListChangeNotes {
	private readonly last = new Map<string, { at: number; left: number }>();

	constructor(private readonly clock: Pick<Clock, 'monotonic'>) {}

	/** `method` is one of {@link LIST_CHANGES}. */
	note(context: PathContext, method: string): void {
		const now = this.clock.monotonic();
		const before = this.last.get(method);
		if (before !== undefined && now - before.at < QUIET_MS) {
			before.left++;
			return;
		}
		this.last.set(method, { at: now, left: 0 });
		const left = before?.left ?? 0;
		const { server } = recordedServer(context);
		const facts = { actor: 'server', session: context.session, method, ...(server && { server }) } as const;
		const detail = left === 0 ? {} : { detail: `${String(left)} more since the entry before` };
		noteEvent(context.ports, 'list-changed', { ...facts, ...detail }, 'written');
	}
}
