import { type FileHandle } from 'node:fs/promises';
import { type Unreadable } from '../domain/audit/chain';
import { SegmentJudge, type SegmentPlace } from '../domain/audit/segmentJudge';
import { type DeferringJudgeTools, type NodeJudgeTools } from './judgeTools';
import { type JournalOffset } from './lineSplitter';
import { quickLines } from './quickLines';
import { openForReading, readLines, throwIfAborted } from './trailReader';

/** What a segment was judged to be. */
export interface SegmentVerdict {
	readonly judge: SegmentJudge;
	/** The last line is incomplete, as a crash leaves it. */
	readonly torn: boolean;
}

/** How the reading of a segment is watched. */
export interface ReadingWatch {
	readonly signal?: AbortSignal | undefined;
	/** Entries of this segment that were looked at so far; called often. */
	readonly onEntries: (entries: number) => void;
}

/** Bytes that are read at a time: they stay near the processor. Where a line is longer, so many are read once. */
const BLOCK_BYTES = 64 * 1024;
/** A line of more than this is judged as a whole. */
const MOST_BYTES = 512 * 1024;
/** Times that the quick way is left in one file before it is not tried again: somebody makes it useless. */
const MAX_DETOURS = 16;

/**
 * Judges one segment, streaming and in constant memory. The last signature is looked at, which stands for all before it; where it
 * does not hold, all is judged once more in order, to name the first line that is wrong.
 */
export async function verifySegment(
	file: string,
	place: SegmentPlace,
	tools: { readonly inOrder: NodeJudgeTools; readonly beside: DeferringJudgeTools },
	watch: ReadingWatch,
): Promise<SegmentVerdict> {
	const verdict = await judgeFile(file, new SegmentJudge(place, tools.beside), watch);
	return tools.beside.allHold() ? verdict : judgeFile(file, new SegmentJudge(place, tools.inOrder), watch);
}

/** A place up to which everything is judged for good. */
interface Mark extends JournalOffset {
	readonly state: SegmentJudge['state'];
}

async function judgeFile(file: string, judge: SegmentJudge, watch: ReadingWatch): Promise<SegmentVerdict> {
	let mark: Mark = { offset: 0, lines: 0, state: judge.state };
	for (let detours = 0; ; detours++) {
		const isQuick = detours < MAX_DETOURS;
		const quick = isQuick ? await readQuickly(file, judge, mark, watch) : undefined;
		if (quick !== undefined) {
			mark = quick.mark;
			judge.rewind(mark.state);
		}
		// From the last checkpoint on, line by line: what is odd is named, what nothing signs is not taken on trust.
		const next = await readWholly(file, judge, mark, quick?.stopped === 'odd', watch);
		if (typeof next !== 'object') {
			return { judge, torn: next === 'torn' };
		}
		mark = next;
	}
}

interface QuickReading {
	readonly mark: Mark;
	readonly stopped: 'end' | 'odd';
}

async function readQuickly(file: string, judge: SegmentJudge, from: Mark, watch: ReadingWatch): Promise<QuickReading> {
	const handle = await openForReading(file);
	try {
		return await readBlocks(handle, judge, from, watch);
	} finally {
		await handle.close();
	}
}

async function readBlocks(
	handle: FileHandle,
	judge: SegmentJudge,
	from: Mark,
	{ signal, onEntries }: ReadingWatch,
): Promise<QuickReading> {
	const buffer = Buffer.allocUnsafe(MOST_BYTES);
	let mark = from;
	let wanted = BLOCK_BYTES;
	for (let offset = from.offset; ;) {
		throwIfAborted(signal);
		const { bytesRead } = await handle.read(buffer, 0, wanted, offset);
		const bytes = buffer.subarray(0, bytesRead);
		const text = bytes.toString('latin1');
		let at = 0;
		for (;;) {
			const stop = quickLines({ bytes, text }, at, judge);
			at = stop.at;
			if (stop.why === 'odd') {
				return { mark, stopped: 'odd' };
			}
			if (stop.why === 'end') {
				break;
			}
			if (stop.why === 'look') {
				const end = text.indexOf('\n', at);
				if (judge.line(decode(bytes.subarray(at, end))) !== undefined) {
					return { mark, stopped: 'odd' };
				}
				at = end + 1;
			}
			const { state } = judge;
			if (state.unsigned === 0) {
				mark = { offset: offset + at, lines: state.entries, state };
			}
		}
		onEntries(judge.state.entries);
		if (at === 0 && (bytesRead < wanted || wanted === MOST_BYTES)) {
			return { mark, stopped: bytesRead < wanted ? 'end' : 'odd' };
		}
		wanted = at === 0 ? MOST_BYTES : BLOCK_BYTES;
		offset += at;
	}
}

/**
 * Judges line by line: to the end, or, after something odd, to the next checkpoint, where the quick way may go on. Returns
 * that place, or how the file ends.
 */
async function readWholly(
	file: string,
	judge: SegmentJudge,
	from: Mark,
	stopAtCheckpoint: boolean,
	{ signal, onEntries }: ReadingWatch,
): Promise<Mark | 'torn' | 'whole'> {
	for await (const lines of readLines(file, from, signal)) {
		for (const { text, end, line, terminated } of lines) {
			if (!terminated) {
				return judge.rest(text) === 'torn' ? 'torn' : 'whole';
			}
			if (judge.line(text) !== undefined) {
				return 'whole';
			}
			if (stopAtCheckpoint && judge.state.unsigned === 0) {
				return { offset: end, lines: line, state: judge.state };
			}
		}
		onEntries(judge.state.entries);
	}
	return 'whole';
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decode(bytes: Buffer): string | Unreadable {
	try {
		return decoder.decode(bytes);
	} catch {
		return { unreadable: 'not UTF-8' };
	}
}
