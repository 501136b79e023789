import { digestJson } from '../base/digest';
import { type Drift } from '../domain/registry/drift';

/** What of the drift of servers was told already, so that each list does not tell it again; bounded, gone with the window. */
export class ToldDrifts {
	private readonly told = new Set<string>();

	/** True when this is news; from now on it is none. */
	tell(server: string, revision: number, drifts: readonly Drift[]): boolean {
		const news = drifts.map(drift => digestJson([server, revision, drift.subject, drift.key, [...drift.kinds]]));
		const isNews = news.some(mark => !this.told.has(mark));
		if (this.told.size > MAX_TOLD) {
			this.told.clear();
		}
		news.forEach(mark => this.told.add(mark));
		return isNews;
	}
}

const MAX_TOLD = 10_000;
