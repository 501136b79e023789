import { stat } from 'node:fs/promises';
import { type AuditEntry } from '../domain/audit/auditRecord';
import { type Checkpoint, type StreamHead } from '../domain/audit/checkpoint';
import { readEntry } from '../domain/audit/readEntry';
import { SegmentJudge } from '../domain/audit/segmentJudge';
import { type SegmentName } from '../domain/audit/segmentName';
import { NodeJudgeTools } from './judgeTools';
import { readLines } from './trailReader';

/** What retention has to know of a segment before it goes. */
export interface SegmentFacts {
	readonly first: Pick<AuditEntry, 'seq' | 'prev' | 'at'>;
	readonly last: Pick<AuditEntry, 'seq' | 'hash' | 'at'>;
	/** `at` of the youngest entry that is no checkpoint: a seal may be set days later, with the entry that follows it. */
	readonly youngest: string;
	/** How its last entry seals it; undefined for a segment that is open, or was left so by a crash. */
	readonly seals: Checkpoint['seals'];
	/** The head was met: the entry of that number has that hash. */
	readonly meetsHead: boolean;
	/** Of the file, what a crash left of a line included. */
	readonly bytes: number;
}

/** Facts, or why the file is not what was written: one clause without its full stop. */
export type SegmentReading =
	{ readonly ok: true; readonly facts: SegmentFacts } | { readonly ok: false; readonly why: string };

/**
 * Reads a whole segment, which somebody may have tampered with, and has it judged as a verification does, by the key that its own first
 * entry names. Streams; rejects when it cannot be read. `head`: a head of its stream that is known from elsewhere.
 */
export async function segmentFacts(
	file: string,
	name: SegmentName,
	head: StreamHead | undefined,
	signal?: AbortSignal,
): Promise<SegmentReading> {
	const { size: bytes } = await stat(file);
	const wanted = new Set(head === undefined ? [] : [head.seq]);
	const judge = new SegmentJudge({ name, before: 'unknown', trusted: undefined, wanted }, new NodeJudgeTools());
	let last: AuditEntry | undefined;
	let youngest = '';
	for await (const lines of readLines(file, undefined, signal)) {
		for (const { text, line, terminated } of lines) {
			if (!terminated) {
				continue;
			}
			const found = judge.line(text);
			const reading = readEntry(typeof text === 'string' ? text : '');
			if (found !== undefined || !reading.ok) {
				return { ok: false, why: `line ${String(line)} is not what was written (${found?.why ?? 'not JSON'})` };
			}
			last = reading.entry;
			youngest = last.checkpoint === undefined && last.at > youngest ? last.at : youngest;
		}
	}
	const { first, sealed: seals } = judge.state;
	if (first === undefined || last === undefined) {
		return { ok: false, why: 'it holds no entry' };
	}
	const met = head && judge.seen.get(head.seq);
	if (met !== undefined && met.hash !== head?.hash) {
		return { ok: false, why: `line ${String(met.line)} is not what its anchored head says` };
	}
	return { ok: true, facts: { first, last, youngest, seals, meetsHead: met !== undefined, bytes } };
}
