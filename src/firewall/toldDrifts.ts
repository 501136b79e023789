import { digestJson } from '../base/digest';
import { type Drift } from '../domain/registry/drift';

const MAX_TOLD = 10_000;
/** Differences of one list that are held against what was told; what is suspended comes first. */
const MAX_LOOKED_AT = 1_000;
/** So often one server is spoken of within so many milliseconds. */
const MAX_NOTICES = 5;
const TOLD_MS = 10 * 60_000;

/** What of the drift of servers was told already, so that each list does not tell it again; bounded, gone with the window. */
export class ToldDrifts {
	private readonly told = new Set<string>();
	/** When each review of a server was spoken of, monotonic milliseconds. */
	private readonly times = new Map<string, readonly number[]>();

	/**
	 * True when this is news; from now on it is none. A server that is always something else is not spoken of without end: then
	 * it is no news, and stays untold.
	 */
	tell(server: string, revision: number, drifts: readonly Drift[], now: number): boolean {
		const review = `${server} ${String(revision)}`;
		const recent = (this.times.get(review) ?? []).filter(time => now - time < TOLD_MS);
		const some = drifts.slice(0, MAX_LOOKED_AT);
		const news = some.map(drift => digestJson([server, revision, drift.subject, drift.key, [...drift.kinds]]));
		if (recent.length >= MAX_NOTICES || news.every(mark => this.told.has(mark))) {
			return false;
		}
		this.times.set(review, [...recent, now]);
		if (this.told.size > MAX_TOLD) {
			this.told.clear();
		}
		news.forEach(mark => this.told.add(mark));
		return true;
	}
}
