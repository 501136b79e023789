import { baseName } from '../../base/baseName';
import { readSegmentName, type SegmentName, TOMBSTONE_ENDING } from './segmentName';
import { type BreakReason, type ChainBreak } from './trailBreak';

/** A break and the file it is in. */
export interface TrailBreak extends ChainBreak {
	/** Path; for a stream that is gone, what its file would be called. */
	readonly file: string;
}

/** One segment of a stream: its file, what retention left of it, or both, where retention was interrupted. */
export interface PlannedSegment {
	readonly name: SegmentName;
	readonly file?: string;
	readonly tombstone?: string;
}

/** One stream as the names of its files tell it. */
export interface StreamPlan {
	readonly stream: string;
	/** By number. */
	readonly segments: readonly PlannedSegment[];
}

/** What there is to verify. */
export interface TrailPlan {
	/** The stream that was begun last comes first: it may name heads of older ones. */
	readonly streams: readonly StreamPlan[];
	/** Names that no segment has, and segments that are there twice. */
	readonly breaks: readonly TrailBreak[];
}

/** Sorts the files of a trail, paths of segments and tombstones, into streams. */
export function planTrail(files: readonly string[]): TrailPlan {
	const breaks: TrailBreak[] = [];
	const streams = new Map<string, Map<number, PlannedSegment>>();
	for (const file of [...files].sort()) {
		const isTombstone = file.endsWith(TOMBSTONE_ENDING);
		const name = readSegmentName(baseName(isTombstone ? file.slice(0, -TOMBSTONE_ENDING.length) : file));
		if (name === undefined || name.number === 0) {
			breaks.push(wholeFile(file, 'not a segment'));
			continue;
		}
		const segments = streams.get(name.stream) ?? new Map<number, PlannedSegment>();
		streams.set(name.stream, segments);
		const other = segments.get(name.number);
		const isTwice =
			other !== undefined && (other.name.day !== name.day || (isTombstone ? other.tombstone : other.file));
		if (isTwice !== undefined && isTwice !== false) {
			breaks.push(wholeFile(file, 'doubled segment'));
		} else {
			segments.set(name.number, { ...other, name, ...(isTombstone ? { tombstone: file } : { file }) });
		}
	}
	const plans = [...streams].map(([stream, segments]) => ({
		stream,
		segments: [...segments.values()].sort((a, b) => a.name.number - b.name.number),
	}));
	return { streams: plans.sort((a, b) => (begun(a) < begun(b) ? 1 : -1)), breaks };
}

function wholeFile(file: string, why: BreakReason): TrailBreak {
	return { file, line: 0, seq: 0, why };
}

function begun({ stream, segments }: StreamPlan): string {
	return `${segments[0]?.name.day ?? ''} ${stream}`;
}
