import { open, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, type IdSource } from '../base/clock';
import { errorText } from '../base/errors';
import { isJsonObject, type JsonValue } from '../base/json';
import { type Logger } from '../base/logger';
import { parseJson } from '../base/strictJson';
import { type StreamHead } from '../domain/audit/checkpoint';
import { readEntry } from '../domain/audit/readEntry';
import { readSegmentName } from '../domain/audit/segmentName';
import { type HeadAnchor } from './headAnchor';
import { type Journal } from './journal';
import { writePrivateFile } from './privateFile';
import { READ_AT_ONCE } from './system';

/** What a witness is made of. */
export interface StreamWitnessOptions {
	/** The trail's directory. */
	readonly dir: string;
	/** Whose heads say which streams were closed. */
	readonly anchor: HeadAnchor;
	/** Where it remembers what was witnessed already; losing it costs a second look and a second entry. */
	readonly memory: string;
	readonly clock: Clock;
	readonly ids: IdSource;
	readonly logger: Logger;
}

/** Heads in one entry. */
const HEADS_PER_ENTRY = 50;
/** The newest streams of a directory that are looked at. */
const MAX_STREAMS = 2000;
/** How much of the end of a file is read for its last line, at first and at the most. */
const TAIL_BYTES = 64 * 1024;
const MAX_TAIL_BYTES = 4 * 1024 * 1024;

const HASH = /^[0-9a-f]{64}$/;

/** The newest segment of a stream as it was found. */
interface Newest {
	readonly stream: string;
	readonly segment: number;
	readonly name: string;
	/** Size of the file. */
	readonly bytes: number;
}

/** By stream, `segment:bytes` of its newest segment as it was seen last. */
type Memory = Readonly<Record<string, string>>;

/**
 * Records in this window's stream how far the other streams of the trail had come, for all that were not closed in good order:
 * a stream whose window crashed has no signed end, and could be shortened unseen otherwise.
 */
export class StreamWitness {
	private looking: Promise<void> = Promise.resolve();

	constructor(private readonly options: StreamWitnessOptions) {}

	/** Looks once, in its turn; never rejects, since nobody waits for it. Trouble is logged. */
	look(journal: Pick<Journal, 'stream' | 'append' | 'failure'>): Promise<void> {
		this.looking = this.looking.then(async () => {
			try {
				await this.lookOnce(journal);
			} catch (error) {
				if (journal.failure === undefined) {
					this.options.logger.warn(
						`Other streams of the audit trail could not be witnessed: ${errorText(error)}`,
					);
				}
			}
		});
		return this.looking;
	}

	private async lookOnce(journal: Pick<Journal, 'stream' | 'append'>): Promise<void> {
		const { dir, anchor, memory } = this.options;
		const seen = await readMemory(memory);
		const others = (await newestSegments(dir)).filter(({ stream }) => stream !== journal.stream);
		const changed = others.filter(found => seen[found.stream] !== signOf(found));
		if (changed.length === 0) {
			return;
		}
		const closed = new Map((await anchor.heads()).flatMap(head => (head.closed ? [[head.stream, head]] : [])));
		const heads: StreamHead[] = [];
		for (const found of changed) {
			const head = await lastHead(dir, found).catch(() => undefined);
			const end = closed.get(found.stream);
			const isOpen = head !== undefined && (end?.hash !== head.hash || end.seq !== head.seq);
			// What its window has not synced yet a power cut could take, and this entry would call the rest shortened.
			if (isOpen && (await isOnDisk(join(dir, found.name)))) {
				heads.push(head);
			}
		}
		for (let at = 0; at < heads.length; at += HEADS_PER_ENTRY) {
			await this.record(journal, heads.slice(at, at + HEADS_PER_ENTRY));
		}
		const now = Object.fromEntries(others.map(found => [found.stream, signOf(found)]));
		await writePrivateFile(memory, `${JSON.stringify(now)}\n`);
	}

	private async record(journal: Pick<Journal, 'append'>, witnessed: readonly StreamHead[]): Promise<void> {
		const { clock, ids } = this.options;
		const at = new Date(clock.now()).toISOString();
		await journal.append(
			{
				...{ id: ids.uuid(), at, kind: 'lifecycle', outcome: 'noted', event: 'streams-witnessed' },
				...{ actor: 'firewall', witnessed },
			},
			'written',
		);
	}
}

function signOf({ segment, bytes }: Newest): string {
	return `${segment}:${bytes}`;
}

/** Of each stream the segment with the highest number, the newest days first. */
async function newestSegments(dir: string): Promise<readonly Newest[]> {
	const newest = new Map<string, { readonly name: string; readonly number: number }>();
	for (const item of await readdir(dir, { withFileTypes: true })) {
		const parts = item.isFile() ? readSegmentName(item.name) : undefined;
		const before = parts && newest.get(parts.stream);
		if (parts !== undefined && (before === undefined || parts.number > before.number)) {
			newest.set(parts.stream, { name: item.name, number: parts.number });
		}
	}
	const byDay = [...newest].sort(([, one], [, other]) => (one.name < other.name ? 1 : -1)).slice(0, MAX_STREAMS);
	const found: Newest[] = [];
	for (const [stream, { name, number }] of byDay) {
		// One that retention has just removed is none of our business.
		const facts = await stat(join(dir, name)).catch(() => undefined);
		if (facts !== undefined) {
			found.push({ stream, segment: number, name, bytes: facts.size });
		}
	}
	return found;
}

/** The last whole entry of a file that another process may be writing; undefined where none can be read. */
async function lastHead(dir: string, { stream, segment, name, bytes }: Newest): Promise<StreamHead | undefined> {
	for (let length = TAIL_BYTES; length <= MAX_TAIL_BYTES; length *= 8) {
		const line = lastLine(await readTail(join(dir, name), bytes, length), length >= bytes);
		const reading = line === undefined ? undefined : readEntry(line);
		if (reading?.ok === true) {
			const { seq, hash, checkpoint } = reading.entry;
			if (seq < 0 || !HASH.test(hash)) {
				return undefined;
			}
			return { stream, segment, seq, hash, ...(checkpoint?.seals === 'closed' && { closed: true }) };
		}
		if (line !== undefined || length >= bytes) {
			return undefined;
		}
	}
	return undefined;
}

async function readTail(file: string, bytes: number, length: number): Promise<string> {
	const handle = await open(file, READ_AT_ONCE);
	try {
		const size = Math.min(length, bytes);
		const { bytesRead, buffer } = await handle.read(Buffer.alloc(size), 0, size, bytes - size);
		return buffer.toString('utf8', 0, bytesRead);
	} finally {
		await handle.close();
	}
}

/** Syncs what another process has written to a file; false where that cannot be. */
async function isOnDisk(file: string): Promise<boolean> {
	try {
		// Windows flushes only what may be written.
		const handle = await open(file, process.platform === 'win32' ? 'r+' : READ_AT_ONCE);
		try {
			await handle.sync();
			return true;
		} finally {
			await handle.close();
		}
	} catch {
		return false;
	}
}

/** The last line that has its newline, if its beginning is in the text; what follows it was cut short, or is being written. */
function lastLine(tail: string, whole: boolean): string | undefined {
	const end = tail.lastIndexOf('\n');
	const start = end < 1 ? -1 : tail.lastIndexOf('\n', end - 1);
	return end < 0 || (start < 0 && !whole) ? undefined : tail.slice(start + 1, end);
}

/** Anybody may have written it; what is no memory counts as none. */
async function readMemory(file: string): Promise<Memory> {
	const text = await readFile(file, 'utf8').catch(() => '{}');
	const parsed = parseJson(text, 'strict');
	return parsed.ok && isJsonObject(parsed.value) ? textsOf(parsed.value) : {};
}

function textsOf(value: Readonly<Record<string, JsonValue | undefined>>): Memory {
	return Object.fromEntries(
		Object.entries(value).flatMap(([key, text]) => (typeof text === 'string' ? [[key, text]] : [])),
	);
}
