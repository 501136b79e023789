/** Ending of a segment's file, and of what retention leaves of it. */
export const SEGMENT_ENDING = '.ndjson';
export const TOMBSTONE_ENDING = '.removed';

/** What the name of a segment's file says: nothing that its first entry does not say too. */
export interface SegmentName {
	/** UTC day of its first entry, `YYYY-MM-DD`. */
	readonly day: string;
	readonly stream: string;
	readonly number: number;
}

const NAME = /^(\d{4}-\d{2}-\d{2})-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})-(\d{6,9})\.ndjson$/;

/** Names sort by day, then stream, then number. */
export function segmentFileName({ day, stream, number }: SegmentName): string {
	return `${day}-${stream}-${String(number).padStart(6, '0')}${SEGMENT_ENDING}`;
}

/** Undefined for a name that no segment has. */
export function readSegmentName(fileName: string): SegmentName | undefined {
	const [, day, stream, digits] = NAME.exec(fileName) ?? [];
	return day === undefined || stream === undefined ? undefined : { day, stream, number: Number(digits) };
}
