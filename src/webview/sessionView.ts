import { type SessionStory, sessionStory } from '../shared/auditView';
import { type PanelMessage, type PanelRequest } from '../shared/panelProtocol';

/** The session that is shown instead of the list, and its story once it is here. */
export class SessionView {
	/** Id of the session; undefined while the list is shown. */
	id: string | undefined;
	story: SessionStory | undefined;
	/** The session has more entries than were sent. */
	more = false;
	private waiting = false;
	private again = false;

	constructor(private readonly send: (request: PanelRequest) => void) {}

	/** Shows a session. */
	open(id: string): void {
		if (id !== this.id) {
			this.id = id;
			this.story = undefined;
			this.more = false;
			this.again = false;
			this.ask();
		}
	}

	/** Goes back to the list. */
	close(): void {
		this.id = undefined;
		this.story = undefined;
		this.waiting = false;
		this.again = false;
	}

	/** The trail has grown. Never more than one question is open. */
	refresh(): void {
		if (this.waiting) {
			this.again = true;
		} else {
			this.ask();
		}
	}

	/** Takes in a session, unless another one is shown by now. */
	receive({ session, entries, more }: Extract<PanelMessage, { kind: 'session' }>): void {
		if (session !== this.id) {
			return;
		}
		this.waiting = false;
		this.story = sessionStory(entries);
		this.more = more === true;
		if (this.again) {
			this.again = false;
			this.ask();
		}
	}

	/** The host could not answer: without a story there is nothing to show. */
	failed(): void {
		this.waiting = false;
		if (this.story === undefined) {
			this.close();
		}
	}

	private ask(): void {
		if (this.id !== undefined) {
			this.waiting = true;
			this.send({ kind: 'session', session: this.id });
		}
	}
}
