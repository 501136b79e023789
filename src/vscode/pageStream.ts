import { type PanelMessage, type PanelRequest } from '../shared/panelProtocol';
import { type TrailDesk } from './trailDesk';

type Query = Extract<PanelRequest, { kind: 'query' }>;

/** Answers questions for pages: at once with what is known, and the same page again while older segments are looked through. */
export class PageStream {
	private filter: string | undefined;
	/** Rises when nobody waits any more for what was asked before. */
	private turn = 0;

	constructor(
		private readonly desk: Pick<TrailDesk, 'page' | 'untilMore' | 'resume'>,
		private readonly post: (message: PanelMessage) => void,
	) {}

	/** Resolves when the page is whole, or another filter was asked for. Rejects with what the desk rejects with. */
	async answer({ query, filter, offset, limit }: Query): Promise<void> {
		const asked = JSON.stringify(filter);
		if (asked !== this.filter) {
			this.filter = asked;
			this.stop();
			this.desk.resume();
		}
		const { turn } = this;
		for (;;) {
			const page = await this.desk.page(filter, offset, limit);
			if (turn !== this.turn) {
				return;
			}
			this.post({ kind: 'page', query, offset, ...page });
			if (page.more !== true) {
				return;
			}
			await this.desk.untilMore();
		}
	}

	/** Nobody waits for more. */
	stop(): void {
		this.turn++;
	}
}
