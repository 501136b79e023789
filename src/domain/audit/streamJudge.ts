import { type ChainLink, GENESIS } from './chain';
import { type SegmentTombstone, type StreamHead, tombstoneText } from './checkpoint';
import { type JudgeTools, type SegmentJudge, type SegmentPlace } from './segmentJudge';
import { type SegmentName } from './segmentName';
import { type ChainBreak } from './trailBreak';
import { type TrailBreak } from './trailPlan';

/** A last line that is incomplete: a write was cut short, or is under way. */
export interface TornLine {
	readonly file: string;
	readonly line: number;
}

interface Range {
	readonly file: string;
	readonly first: number;
	readonly last: ChainLink;
}

/**
 * Judges one stream, segment after segment by number: that none is missing, that the chain runs on, that all but the newest are
 * sealed, and that it comes as far as the heads that are known of it. Pure.
 */
export class StreamJudge {
	readonly breaks: TrailBreak[] = [];
	readonly torn: TornLine[] = [];
	/** Entries that stand where they were written, and those of them that no signature covers. */
	entries = 0;
	unsigned = 0;
	/** What records of removed segments say of them. */
	removed = { segments: 0, entries: 0 };
	/** Of the heads that were met ({@link headKey}). */
	readonly met = new Set<string>();
	private before: SegmentPlace['before'];
	private next = 1;
	private closed = false;
	/** Segments that end without a seal, which is honest where nothing follows. */
	private open: { readonly end: TrailBreak; readonly torn: readonly TornLine[] }[] = [];
	private readonly ranges: Range[] = [];
	private readonly seen = new Map<number, TrailBreak & { readonly hash: string }>();
	private end: Pick<TrailBreak, 'file' | 'line' | 'seq'> | undefined;

	constructor(
		readonly heads: readonly StreamHead[],
		private readonly trusted: ReadonlySet<string> | undefined,
	) {}

	/** Where the next file stands: to be called before it is read. */
	place(name: SegmentName, file: string): SegmentPlace {
		this.step(name, file, true);
		const wanted = new Set(this.heads.map(({ seq }) => seq));
		return { name, before: this.before, trusted: this.trusted, wanted };
	}

	/** Takes the file that was read; `torn`: its last line is incomplete. */
	segment(file: string, judge: SegmentJudge, torn: boolean): void {
		const { entries, last, broken, sealed, unsigned } = judge.state;
		if (entries > 0 || broken !== undefined) {
			this.flush();
		}
		this.entries += entries;
		for (const [seq, { hash, line }] of judge.seen) {
			this.seen.set(seq, { file, line, seq, hash, why: 'another history than its anchor' });
		}
		if (broken !== undefined) {
			this.breaks.push({ file, ...broken });
			this.before = 'unknown';
			return;
		}
		const end = judge.unsealed();
		this.end = { file, line: end.line, seq: end.seq };
		if (sealed === undefined) {
			this.open.push({ end: { file, ...end }, torn: torn ? [{ file, line: end.line }] : [] });
			this.unsigned += unsigned;
		}
		this.closed ||= sealed === 'closed';
		this.before = last;
	}

	/** Takes what retention left of a segment that is gone. `text`: as it could be read; `keys`: those that may sign, by id. */
	tombstone(
		name: SegmentName,
		file: string,
		tombstone: SegmentTombstone | undefined,
		keys: ReadonlyMap<string, string>,
		tools: JudgeTools,
	): void {
		this.step(name, file, false);
		this.flush();
		const why = whyNoTombstone(name, tombstone, keys, tools);
		if (why !== undefined || tombstone === undefined) {
			this.lose({ file, line: 1, seq: this.nextSeq(), why: why ?? 'bad tombstone' });
			return;
		}
		const { first, last } = tombstone;
		const fits =
			this.before === 'unknown' ||
			(first.seq === this.nextSeq() && first.prev === (this.before?.hash ?? GENESIS) && last.seq >= first.seq);
		if (!fits) {
			this.lose({ file, line: 1, seq: this.nextSeq(), why: 'does not follow' });
			return;
		}
		this.before = last;
		this.removed = {
			segments: this.removed.segments + 1,
			entries: this.removed.entries + last.seq - first.seq + 1,
		};
		this.ranges.push({ file, first: first.seq, last });
		this.end = { file, line: 1, seq: last.seq + 1 };
	}

	/** Takes the record of a removed segment that is still there, and was judged: retention was interrupted between the two. */
	tombstoneBeside(
		name: SegmentName,
		file: string,
		tombstone: SegmentTombstone | undefined,
		judge: SegmentJudge,
		keys: ReadonlyMap<string, string>,
		tools: JudgeTools,
	): void {
		const { first, last, broken } = judge.state;
		const fits =
			tombstone?.first.seq === first?.seq &&
			tombstone?.first.prev === first?.prev &&
			tombstone?.last.seq === last?.seq &&
			tombstone?.last.hash === last?.hash;
		const why = whyNoTombstone(name, tombstone, keys, tools) ?? (fits ? undefined : 'bad tombstone');
		if (why !== undefined && broken === undefined) {
			this.breaks.push({ file, line: 1, seq: first?.seq ?? 0, why });
		}
	}

	/** To be called after the last segment: what it lacks, and whether it is what the known heads say. */
	finish(): void {
		for (const { torn } of this.open) {
			this.torn.push(...torn);
		}
		const isWhole = this.breaks.length === 0;
		let farthest: StreamHead | undefined;
		for (const head of this.heads) {
			const found = this.find(head);
			if (found === 'met') {
				this.met.add(headKey(head));
			} else if (found !== undefined) {
				this.breaks.push(found);
			} else if (head.seq > (farthest?.seq ?? -1)) {
				farthest = head;
			}
		}
		if (farthest !== undefined && isWhole && this.end !== undefined) {
			this.breaks.push({ ...this.end, why: 'ends before its anchor' });
		}
	}

	private find({ seq, hash }: StreamHead): 'met' | TrailBreak | undefined {
		const seen = this.seen.get(seq);
		if (seen !== undefined) {
			const { hash: other, ...at } = seen;
			return other === hash ? 'met' : at;
		}
		const range = this.ranges.find(({ first, last }) => first <= seq && seq <= last.seq);
		if (range === undefined) {
			return undefined;
		}
		return range.last.seq !== seq || range.last.hash === hash
			? 'met'
			: { file: range.file, line: 1, seq, why: 'another history than its anchor' };
	}

	private step({ number }: SegmentName, file: string, isFile: boolean): void {
		if (number !== this.next) {
			this.lose({ file, line: isFile ? 1 : 0, seq: this.nextSeq(), why: 'segment missing' });
		} else if (this.closed) {
			this.breaks.push({ file, line: 1, seq: this.nextSeq(), why: 'after the seal' });
		}
		this.next = number + 1;
	}

	private lose(found: TrailBreak): void {
		this.breaks.push(found);
		this.before = 'unknown';
	}

	/** Something follows: what was left open should have been sealed. */
	private flush(): void {
		this.breaks.push(...this.open.map(({ end }) => end));
		this.open = [];
	}

	private nextSeq(): number {
		return this.before === undefined || this.before === 'unknown' ? 0 : this.before.seq + 1;
	}
}

/** Tells one head from another. */
export function headKey({ stream, seq, hash }: StreamHead): string {
	return `${stream} ${seq} ${hash}`;
}

/** Why a tombstone is none, or not of this segment. */
function whyNoTombstone(
	{ stream, number, day }: SegmentName,
	tombstone: SegmentTombstone | undefined,
	keys: ReadonlyMap<string, string>,
	tools: JudgeTools,
): ChainBreak['why'] | undefined {
	if (tombstone?.stream !== stream || tombstone.number !== number || !tombstone.from.startsWith(`${day}T`)) {
		return 'bad tombstone';
	}
	const key = keys.get(tombstone.key);
	if (key === undefined) {
		return 'unknown key';
	}
	const { signature, ...unsigned } = tombstone;
	return tools.holds(key, () => tombstoneText(unsigned), signature) ? undefined : 'bad signature';
}
