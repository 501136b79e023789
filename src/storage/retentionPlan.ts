import { counted } from '../base/counted';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readSegmentName, type SegmentName, TOMBSTONE_ENDING } from '../domain/audit/segmentName';

/** How much of the trail is kept; 0 stands for no limit. */
export interface RetentionLimits {
	readonly days: number;
	/** Of 1,000,000 bytes. */
	readonly megabytes: number;
}

/** A segment's file as its folder lists it. */
export interface ListedSegment {
	readonly file: string;
	readonly name: SegmentName;
	readonly bytes: number;
	/** No segment of its stream has a higher number. */
	readonly isNewest: boolean;
	/** A record of its removal stands beside it: a removal was interrupted. */
	readonly hasTombstone: boolean;
}

/** A segment that a limit wants gone, and which, as the trail says it. */
export interface UnwantedSegment {
	readonly segment: ListedSegment;
	readonly why: string;
	/** ISO 8601: what its last entry must be older than; absent where size is the reason. */
	readonly before?: string;
}

const DAY_MS = 86_400_000;
/** Further than so from one day of use to the next, a clock is taken for wrong at first. */
const LEAP_DAYS = 92;
const MEGABYTE = 1_000_000;

/** The segments in a folder, oldest day first. Rejects when it cannot be listed. */
export async function listSegments(dir: string): Promise<readonly ListedSegment[]> {
	const names = new Set((await readdir(dir)).sort());
	const newest = new Map<string, number>();
	const found: Omit<ListedSegment, 'isNewest'>[] = [];
	for (const fileName of names) {
		const name = readSegmentName(fileName);
		const file = join(dir, fileName);
		const facts = name && (await lstat(file).catch(() => undefined));
		if (name !== undefined && facts?.isFile() === true) {
			found.push({ file, name, bytes: facts.size, hasTombstone: names.has(`${fileName}${TOMBSTONE_ENDING}`) });
			newest.set(name.stream, Math.max(newest.get(name.stream) ?? 0, name.number));
		}
	}
	return found.map(each => ({ ...each, isNewest: newest.get(each.name.stream) === each.name.number }));
}

/**
 * The day of the newest segment before today, where today is so far from it that the clock may be wrong (an empty battery, a
 * machine brought back from a snapshot): age should not count then. Where the clock is right, the next day tells.
 */
export function leapFrom(segments: readonly ListedSegment[], now: number): string | undefined {
	const today = new Date(now).toISOString().slice(0, 10);
	const before = segments.reduce((newest, { name: { day } }) => (day < today && day > newest ? day : newest), '');
	return before !== '' && now - Date.parse(before) > LEAP_DAYS * DAY_MS ? before : undefined;
}

/**
 * Which segments the limits want gone, oldest first; whether each of them may go is another question. `mayGo` is asked for those
 * that only size wants gone, in order, until enough of them may.
 */
export async function eachUnwanted(
	segments: readonly ListedSegment[],
	{ days, megabytes }: RetentionLimits,
	now: number,
	mayGo: (unwanted: UnwantedSegment) => Promise<boolean>,
): Promise<void> {
	let left = segments.reduce((sum, { bytes }) => sum + bytes, 0);
	for (const segment of segments) {
		const cutoff = now - days * DAY_MS;
		// A segment holds the entries of one day; the last of them decides.
		const isOld = days > 0 && Date.parse(`${segment.name.day}T23:59:59.999Z`) < cutoff;
		const isMuch = megabytes > 0 && left > megabytes * MEGABYTE;
		if (!isOld && !isMuch) {
			continue;
		}
		const goes = await mayGo(
			isOld
				? { segment, why: `older than ${counted(days, 'day')}`, before: new Date(cutoff).toISOString() }
				: { segment, why: `more than ${String(megabytes)} MB` },
		);
		left -= goes ? segment.bytes : 0;
	}
}
