import { join } from 'node:path';
import { type StreamHead } from '../domain/audit/checkpoint';
import { segmentFileName } from '../domain/audit/segmentName';
import { headKey, type StreamJudge, type TornLine } from '../domain/audit/streamJudge';
import { planTrail, type StreamPlan, type TrailBreak, type TrailPlan } from '../domain/audit/trailPlan';
import { journalFiles, tombstoneFiles } from './trailReader';
import { type StreamFindings, StreamReader } from './verifyStream';

/** What a trail is verified by. */
export interface VerifyOptions {
	/** Raw public keys (base64url) that are trusted. Left out: the trail's own, which prove less, and the report says so. */
	readonly keys?: readonly string[];
	/** Heads that were kept outside the trail, read before it is verified. */
	readonly heads?: readonly StreamHead[];
	readonly signal?: AbortSignal;
	/** How many entries were looked at; at most ten times a second. */
	readonly onProgress?: (done: number) => void;
}

/**
 * What a verification found. `ok` is false only for breaks. What is not proven even so: entries that no signature covers yet
 * (`unsigned`), all of it where no key is trusted, and the ends of streams that neither an anchor nor a witness knows.
 */
export interface TrailReport {
	readonly files: number;
	readonly streams: number;
	/** Entries that stand where they were written, over all files: `signed` and `unsigned` together. */
	readonly entries: number;
	/** Entries that a signature covers. */
	readonly signed: number;
	/** Entries behind the last signature of their stream. */
	readonly unsigned: number;
	readonly ok: boolean;
	/** The first break of each broken file, and streams that are not what is known of them; by file. */
	readonly breaks: readonly TrailBreak[];
	/** Files whose last line is incomplete: a write was cut short, or is under way. It is not counted. */
	readonly torn: readonly TornLine[];
	/** Raw public keys (base64url) that signed what is there. */
	readonly keys: readonly string[];
	/** Whether these were compared with trusted ones. */
	readonly trustedKey: boolean;
	/** Heads from outside the trail: how many were given, and how many of them were met. */
	readonly anchors: { readonly given: number; readonly met: number };
	/** Heads of streams that other streams of the trail name. */
	readonly witnessed: { readonly given: number; readonly met: number };
	/** What retention removed, as signed records tell. */
	readonly removed: { readonly segments: number; readonly entries: number };
	/** Records of removed segments whose segments are still there: retention was interrupted. */
	readonly unfinished: readonly string[];
}

/** Times that streams are read again for what other streams say of them. */
const ROUNDS = 3;
/**
 * Verifies the trail in a directory, or in `trail` of a data directory: every stream of it, and every file. Streams, and only
 * reads (AUD-03, AUD-13). Rejects with `journal-unreadable` when it cannot be read, with `aborted` when it is cancelled.
 */
export async function verifyTrail(dir: string, options: VerifyOptions = {}): Promise<TrailReport> {
	const known = new KnownHeads();
	known.add(options.heads ?? []);
	const anchored = known.keys();
	const findings = new Map<string, StreamFindings>();
	const reader = new StreamReader(dir, options);
	for (let round = 1; ; round++) {
		const plan = planTrail([...(await journalFiles(dir)), ...(await tombstoneFiles(dir))]);
		const lacks = ({ stream }: StreamPlan) => findings.get(stream)?.judge.heads.length !== known.of(stream).length;
		for (const stream of plan.streams.filter(lacks)) {
			const found = await reader.read(stream, known.of(stream.stream));
			findings.set(stream.stream, found);
			known.add(found.witnessed);
		}
		// What a stream says of one that was read before: that one is read once more. What is written at this moment adds to it.
		if (round === ROUNDS || !plan.streams.some(lacks)) {
			return report(dir, plan, findings, known, { anchored, trustedKey: options.keys !== undefined });
		}
	}
}

/** The heads that are known of each stream, without doubles. */
class KnownHeads {
	private readonly streams = new Map<string, Map<string, StreamHead>>();

	add(heads: Iterable<StreamHead>): void {
		for (const head of heads) {
			const own = this.streams.get(head.stream) ?? new Map<string, StreamHead>();
			this.streams.set(head.stream, own.set(headKey(head), head));
		}
	}

	of(stream: string): readonly StreamHead[] {
		return [...(this.streams.get(stream)?.values() ?? [])];
	}

	/** Of all heads that are known now. */
	keys(): ReadonlySet<string> {
		return new Set([...this.streams.values()].flatMap(own => [...own.keys()]));
	}

	/** One head of each stream. */
	firsts(): readonly StreamHead[] {
		return [...this.streams.keys()].flatMap(stream => this.of(stream).slice(0, 1));
	}
}

function report(
	dir: string,
	plan: TrailPlan,
	findings: ReadonlyMap<string, StreamFindings>,
	known: KnownHeads,
	{ anchored, trustedKey }: { readonly anchored: ReadonlySet<string>; readonly trustedKey: boolean },
): TrailReport {
	const found = plan.streams.flatMap(({ stream }) => findings.get(stream) ?? []);
	const judges = found.map(({ judge }) => judge);
	const sum = (count: (judge: StreamJudge) => number) => judges.reduce((total, judge) => total + count(judge), 0);
	const present = new Set(plan.streams.map(({ stream }) => stream));
	const missing = known.firsts().filter(({ stream }) => !present.has(stream));
	const breaks = [
		...plan.breaks,
		...judges.flatMap(judge => judge.breaks),
		...missing.map(head => ({
			file: join(dir, missingName(head)),
			line: 0,
			seq: 0,
			why: 'stream missing' as const,
		})),
	].sort((a, b) => (a.file === b.file ? a.line - b.line : a.file < b.file ? -1 : 1));
	const met = new Set(judges.flatMap(judge => [...judge.met]));
	const heads = [...known.keys()];
	const count = (isAnchor: boolean) => {
		const own = heads.filter(key => anchored.has(key) === isAnchor);
		return { given: own.length, met: own.filter(key => met.has(key)).length };
	};
	const [entries, unsigned] = [sum(judge => judge.entries), sum(judge => judge.unsigned)];
	return {
		files: plan.streams.flatMap(({ segments }) => segments.filter(({ file }) => file !== undefined)).length,
		streams: plan.streams.length,
		...{ entries, signed: entries - unsigned, unsigned },
		...{ ok: breaks.length === 0, breaks },
		torn: judges.flatMap(judge => judge.torn),
		keys: [...new Set(found.flatMap(({ keys }) => keys))],
		trustedKey,
		...{ anchors: count(true), witnessed: count(false) },
		removed: { segments: sum(judge => judge.removed.segments), entries: sum(judge => judge.removed.entries) },
		unfinished: found.flatMap(({ unfinished }) => unfinished),
	};
}

/** What a file of a stream that is gone would be called. */
function missingName({ stream, segment }: StreamHead): string {
	return segmentFileName({ day: '*', stream, number: segment });
}
