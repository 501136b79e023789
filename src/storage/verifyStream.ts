import { type StreamHead } from '../domain/audit/checkpoint';
import { readEntry } from '../domain/audit/readEntry';
import { readTombstone } from '../domain/audit/readTombstone';
import { StreamJudge } from '../domain/audit/streamJudge';
import { type PlannedSegment, type StreamPlan } from '../domain/audit/trailPlan';
import { DeferringJudgeTools, NodeJudgeTools } from './judgeTools';
import { journalFiles, openForReading } from './trailReader';
import { verifySegment } from './verifySegment';

/** What is wanted while streams are read. */
export interface StreamReaderOptions {
	/** Raw public keys (base64url) that are trusted; undefined: those of the trail. */
	readonly keys?: readonly string[];
	readonly signal?: AbortSignal;
	/** How many entries were looked at; at most ten times a second. */
	readonly onProgress?: (done: number) => void;
}

/** What was found of one stream. */
export interface StreamFindings {
	readonly judge: StreamJudge;
	/** Heads of other streams that it names. */
	readonly witnessed: readonly StreamHead[];
	/** Public keys of its segments. */
	readonly keys: readonly string[];
	/** Records of removed segments whose segments are there. */
	readonly unfinished: readonly string[];
}

/** Milliseconds between two words about progress. */
const PROGRESS_MS = 100;
/** The first line of a segment, and the record of a removed one, are a fraction of this. */
const FIRST_BYTES = 16 * 1024;

/** Reads the streams of one trail and has them judged. */
export class StreamReader {
	private readonly tools = { inOrder: new NodeJudgeTools(), beside: new DeferringJudgeTools() };
	private readonly trusted: ReadonlySet<string> | undefined;
	private known: ReadonlyMap<string, string> | undefined;
	private done = 0;
	private told = performance.now();

	constructor(
		private readonly dir: string,
		private readonly options: StreamReaderOptions,
	) {
		this.trusted = options.keys && new Set(options.keys);
	}

	/** Judges a stream by itself and by the heads that are known of it. */
	async read({ segments }: StreamPlan, heads: readonly StreamHead[]): Promise<StreamFindings> {
		const judge = new StreamJudge(heads, this.trusted);
		const witnessed: StreamHead[] = [];
		const keys = new Set<string>();
		const unfinished: string[] = [];
		for (const segment of segments) {
			const { name, file, tombstone } = segment;
			if (file === undefined) {
				judge.tombstone(
					name,
					tombstone ?? '',
					await this.recordOf(segment),
					await this.keysById(),
					this.tools.inOrder,
				);
				continue;
			}
			const before = this.done;
			const onEntries = (entries: number) => {
				this.tell(before + entries);
			};
			const { signal } = this.options;
			const verdict = await verifySegment(file, judge.place(name, file), this.tools, { signal, onEntries });
			onEntries(verdict.judge.state.entries);
			judge.segment(file, verdict.judge, verdict.torn);
			witnessed.push(...verdict.judge.witnessed.values());
			keys.add(verdict.judge.state.publicKey ?? '');
			if (tombstone !== undefined) {
				unfinished.push(tombstone);
				const record = await this.recordOf(segment);
				const keys = await this.keysById();
				judge.tombstoneBeside(name, tombstone, record, verdict.judge, keys, this.tools.inOrder);
			}
		}
		judge.finish();
		keys.delete('');
		return { judge, witnessed, keys: [...keys], unfinished };
	}

	private tell(done: number): void {
		this.done = done;
		const now = performance.now();
		if (now - this.told >= PROGRESS_MS) {
			this.told = now;
			this.options.onProgress?.(done);
		}
	}

	private async recordOf({ tombstone }: PlannedSegment): Promise<ReturnType<typeof readTombstone>> {
		return tombstone === undefined ? undefined : readTombstone(await readFirst(tombstone));
	}

	/** The keys that may have signed the record of a removed segment: a later window of another key can have removed it. */
	private async keysById(): Promise<ReadonlyMap<string, string>> {
		this.known ??= new Map(
			(this.options.keys ?? (await this.keysOfTrail())).map(key => [this.tools.inOrder.keyId(key) ?? '', key]),
		);
		return this.known;
	}

	private async keysOfTrail(): Promise<readonly string[]> {
		const keys: string[] = [];
		for (const file of await journalFiles(this.dir)) {
			const reading = readEntry((await readFirst(file)).split('\n', 1)[0] ?? '');
			keys.push((reading.ok ? reading.entry.segment?.publicKey : undefined) ?? '');
		}
		return keys.filter(key => key !== '');
	}
}

/** The beginning of a file as text, of what is not UTF-8 something else. */
async function readFirst(file: string): Promise<string> {
	const handle = await openForReading(file);
	try {
		const buffer = Buffer.alloc(FIRST_BYTES);
		const { bytesRead } = await handle.read(buffer, 0, FIRST_BYTES, 0);
		return buffer.toString('utf8', 0, bytesRead);
	} finally {
		await handle.close();
	}
}
