import { stat } from 'node:fs/promises';
import { type AuditEntry } from '../domain/audit/auditRecord';
import { verifyEntry } from '../domain/audit/chain';
import { type Checkpoint, checkpointText, type StreamHead } from '../domain/audit/checkpoint';
import { readEntry } from '../domain/audit/readEntry';
import { type SegmentName } from '../domain/audit/segmentName';
import { nodeSha256 } from './system';
import { isTrailSignature } from './trailKey';
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
 * Reads a whole segment, which somebody may have tampered with: every entry must follow the one before it, the first must name this
 * segment, and every checkpoint must be signed with the key that the first one names. Streams; rejects when it cannot be
 * read. `head`: a head of its stream that is known from elsewhere.
 */
export async function segmentFacts(
	file: string,
	name: SegmentName,
	head: StreamHead | undefined,
	signal?: AbortSignal,
): Promise<SegmentReading> {
	const { size: bytes } = await stat(file);
	let first: AuditEntry | undefined;
	let last: AuditEntry | undefined;
	let youngest = '';
	let meetsHead = false;
	for await (const lines of readLines(file, undefined, signal)) {
		for (const { text, line, terminated } of lines) {
			if (!terminated) {
				continue;
			}
			const reading = typeof text === 'string' ? readEntry(text) : undefined;
			const why = reading?.ok === true ? whyWrong(reading.entry, name, first, last) : 'is no audit entry';
			if (reading?.ok !== true || why !== undefined) {
				return { ok: false, why: `line ${String(line)} ${why ?? ''}` };
			}
			last = reading.entry;
			first ??= last;
			youngest = last.checkpoint === undefined && last.at > youngest ? last.at : youngest;
			if (head?.seq === last.seq) {
				if (head.hash !== last.hash) {
					return { ok: false, why: `line ${String(line)} is not what its anchored head says` };
				}
				meetsHead = true;
			}
		}
	}
	if (first === undefined || last === undefined) {
		return { ok: false, why: 'it holds no entry' };
	}
	return { ok: true, facts: { first, last, youngest, seals: last.checkpoint?.seals, meetsHead, bytes } };
}

function whyWrong(
	entry: AuditEntry,
	{ stream, number }: SegmentName,
	first: AuditEntry | undefined,
	last: AuditEntry | undefined,
): string | undefined {
	const before = last ?? (entry.seq > 0 ? { seq: entry.seq - 1, hash: entry.prev } : undefined);
	const { segment = entry.segment } = first ?? {};
	if (segment?.stream !== stream || segment.number !== number) {
		return 'does not belong to this segment';
	}
	const judged = verifyEntry(entry, before, nodeSha256);
	if (!judged.ok) {
		return `is not what was written (${judged.why})`;
	}
	if (last?.checkpoint?.seals !== undefined) {
		return 'stands behind the seal';
	}
	if (entry.checkpoint !== undefined) {
		const { signature, ...said } = entry.checkpoint;
		const fits = said.stream === stream && said.segment === number;
		const isSigned = fits && isTrailSignature(segment.publicKey, checkpointText(entry, said), signature);
		return isSigned ? undefined : 'has no signature of its stream';
	}
	return undefined;
}
