import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { canonicalJson, type JsonObject } from '../../../src/base/json';
import { type AuditEntry, type AuditRecord } from '../../../src/domain/audit/auditRecord';
import { chainLine } from '../../../src/domain/audit/chain';
import {
	type AnchoredHead,
	checkpointText,
	type StreamHead,
	type TrailSigner,
} from '../../../src/domain/audit/checkpoint';
import { nodeSha256 } from '../../../src/storage/system';
import { newTrailKey, trailSigner } from '../../../src/storage/trailKey';
import { verifyTrail } from '../../../src/storage/verifyTrail';
import { aRecord } from '../support/auditRecords';
import { StreamMaker } from '../support/trailMaker';

const TAMPERINGS = 2000;
const HONEST = 200;
const signer = trailSigner(newTrailKey());
const thief = trailSigner(newTrailKey());

/** Mulberry32: the same numbers for the same seed. */
function randomOf(seed: number): (below: number) => number {
	let state = seed;
	return below => {
		state = (state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
	};
}

type Random = ReturnType<typeof randomOf>;
/** The files of a trail: lines without newlines, or bytes. Files of undefined are gone. */
type Files = Map<string, readonly string[] | Buffer | undefined>;

const one = new StreamMaker({ signer }).addMany(3).checkpoint().add().rotate().addMany(2).rotate().addMany(3).close();
const two = new StreamMaker({ signer }).add().rotate().addMany(2).checkpoint().add({ detail: 'größer' }).checkpoint();
const streams = [one, two];
const anchors: readonly AnchoredHead[] = streams.map(stream => stream.heads.at(-1)!);
const segments = streams.flatMap(stream => stream.segments);
const linesOf = (name: string) => segments.find(segment => segment.name === name)!.lines;
const bytesOf = (content: readonly string[] | Buffer) =>
	Buffer.isBuffer(content) ? content : Buffer.from(content.map(line => `${line}\n`).join(''));

/** The stream with the entries from `from` on as `change` has them, and the chain written anew to its end. */
function rechained(
	stream: StreamMaker,
	from: number,
	change: (record: AuditRecord, seq: number) => AuditRecord | undefined,
	by?: TrailSigner,
): Files {
	let last: AuditEntry | undefined;
	return new Map(
		stream.segments.map(segment => {
			const lines: string[] = [];
			for (const [at, entry] of segment.entries.entries()) {
				if (entry.seq < from) {
					last = entry;
					lines.push(segment.lines[at]!);
					continue;
				}
				const { seq } = entry;
				const record: AuditRecord = { ...entry };
				const changed = change(record, seq);
				if (changed !== undefined) {
					const made = chainLine(by ? signedAnew(changed, last, by) : changed, last, nodeSha256);
					last = made.entry;
					lines.push(made.line);
				}
			}
			return [segment.name, lines];
		}),
	);
}

function signedAnew(record: AuditRecord, last: AuditEntry | undefined, by: TrailSigner): AuditRecord {
	const { segment, checkpoint } = record;
	if (segment !== undefined) {
		return { ...record, segment: { ...segment, key: by.key, publicKey: by.publicKey } };
	}
	if (checkpoint === undefined || last === undefined) {
		return record;
	}
	const { stream, segment: number, seals } = checkpoint;
	const open = { stream, segment: number, key: by.key, ...(seals && { seals }) };
	const text = checkpointText({ seq: last.seq + 1, prev: last.hash, at: record.at }, open);
	return { ...record, checkpoint: { ...open, signature: by.sign(text) } };
}

const pick = <T>(random: Random, list: readonly T[]): T => list[random(list.length)]!;
const withLines = (name: string, change: (lines: readonly string[]) => readonly string[]): Files =>
	new Map([[name, change(linesOf(name))]]);
const anywhere = (random: Random) => {
	const { name, lines, entries } = pick(random, segments);
	return { name, entries, at: random(lines.length) };
};
const edit = (record: AuditRecord): AuditRecord => ({ ...record, detail: 'nothing happened' });
const checkpoints = (stream: StreamMaker) =>
	stream.segments.flatMap(each => each.entries).filter(each => each.checkpoint);

/** Keeps the first so many entries of a stream. */
function shortened(stream: StreamMaker, keep: number): Files {
	return new Map(
		stream.segments.map(({ name, lines, entries }) => {
			const kept = lines.filter((_, at) => entries[at]!.seq < keep);
			return [name, kept.length === 0 ? undefined : kept];
		}),
	);
}

const TAMPERING: Readonly<Record<string, (random: Random) => Files>> = {
	'one byte is flipped': random => {
		const { name, lines } = pick(random, segments);
		const bytes = Buffer.from(bytesOf(lines));
		const at = random(bytes.length);
		bytes[at] = bytes[at]! ^ (1 + random(255));
		return new Map([[name, bytes]]);
	},
	'a line is deleted': random => {
		const { name, at } = anywhere(random);
		return withLines(name, lines => lines.toSpliced(at, 1));
	},
	'a line is doubled': random => {
		const { name, at } = anywhere(random);
		return withLines(name, lines => lines.toSpliced(at, 0, lines[at]!));
	},
	'two lines are swapped': random => {
		const { name, at } = anywhere(random);
		return withLines(name, lines => {
			const other = (at + 1 + random(lines.length - 1)) % lines.length;
			return lines.with(at, lines[other]!).with(other, lines[at]!);
		});
	},
	'a line is put in that follows the one before it': random => {
		const { name, entries, at: anyLine } = anywhere(random);
		// Behind the last signature of an open stream it is no tampering that can be seen: there it is counted as unsigned (below).
		const at = entries[anyLine] === two.last ? anyLine - 1 : anyLine;
		const { line } = chainLine(aRecord(), entries[at], nodeSha256);
		return withLines(name, lines => lines.toSpliced(at + 1, 0, line));
	},
	'an entry is edited, with its hash': random => {
		const { name, entries, at } = anywhere(random);
		const entry = entries[at]!;
		const edited = {
			...entry,
			hash: undefined,
			id: `00000000${entry.id.slice(8)}`,
			detail: 'nothing',
		} as unknown as JsonObject;
		const hash = nodeSha256(canonicalJson(edited));
		return withLines(name, lines => lines.with(at, canonicalJson({ ...edited, hash })));
	},
	'an entry is edited, with the chain to the end': random => {
		const stream = pick(random, streams);
		const from = random(stream.last.seq + 1);
		return rechained(stream, from, (record, seq) => (seq === from ? edit(record) : record));
	},
	'an entry is taken out, with the chain to the end': random => {
		const stream = pick(random, streams);
		const from = random(stream.last.seq + 1);
		return rechained(stream, from, (record, seq) => (seq === from ? undefined : record));
	},
	'all is written anew with another key': random => {
		const stream = pick(random, streams);
		const from = random(stream.last.seq + 1);
		return rechained(stream, 0, (record, seq) => (seq === from ? edit(record) : record), thief);
	},
	'all is written anew from some entry on with the very key': random => {
		const stream = pick(random, streams);
		const from = random(stream.last.seq + 1);
		const change = (record: AuditRecord, seq: number) =>
			seq === from && record.kind === 'call' ? edit(record) : { ...record, id: `1${record.id.slice(1)}` };
		return rechained(stream, from, change, signer);
	},
	'a segment is removed': random => new Map([[pick(random, segments).name, undefined]]),
	'two segments are swapped': random => {
		const at = random(segments.length);
		const [first, other] = [segments[at]!, segments[(at + 1 + random(segments.length - 1)) % segments.length]!];
		return new Map([
			[first.name, other.lines],
			[other.name, first.lines],
		]);
	},
	'a segment is truncated': random => {
		const { name, lines } = pick(random, segments);
		const bytes = bytesOf(lines);
		return new Map([[name, bytes.subarray(0, random(bytes.length))]]);
	},
	'a signature is stripped': random => {
		const stream = pick(random, streams);
		const { seq } = pick(random, checkpoints(stream));
		return rechained(stream, seq, (record, at) => (at === seq ? undefined : record));
	},
	'a signature is changed, with the chain to the end': random => {
		const stream = pick(random, streams);
		const { seq, checkpoint } = pick(random, checkpoints(stream));
		const at = random(86);
		const { signature } = checkpoint!;
		const other = signature[at] === 'A' ? 'B' : 'A';
		const changed = { ...checkpoint!, signature: signature.slice(0, at) + other + signature.slice(at + 1) };
		return rechained(stream, seq, (record, now) => (now === seq ? { ...record, checkpoint: changed } : record));
	},
	'two signatures are swapped, with the chain to the end': random => {
		const stream = pick(random, streams);
		const own = pick(random, checkpoints(stream));
		const others = streams.flatMap(checkpoints).filter(each => each !== own);
		const changed = { ...own.checkpoint!, signature: pick(random, others).checkpoint!.signature };
		return rechained(stream, own.seq, (record, now) =>
			now === own.seq ? { ...record, checkpoint: changed } : record,
		);
	},
	'a checkpoint of another stream is put in its place': random => {
		const stream = pick(random, streams);
		const own = pick(random, checkpoints(stream));
		const other = pick(random, checkpoints(stream === one ? two : one)).checkpoint!;
		return rechained(stream, own.seq, (record, now) =>
			now === own.seq ? { ...record, checkpoint: other } : record,
		);
	},
	'a stream is rolled back to an older copy': random => {
		const stream = pick(random, streams);
		return shortened(stream, pick(random, checkpoints(stream).slice(0, -1)).seq + 1);
	},
	'the last lines are dropped': random => {
		const stream = pick(random, streams);
		return shortened(stream, 1 + random(stream.last.seq));
	},
	'a stream is removed': random => shortened(pick(random, streams), 0),
	'a record of removal is forged': random => {
		const stream = pick(random, streams);
		const { name, number } = pick(random, stream.segments);
		const tombstone = canonicalJson(stream.tombstone(number, 'too old', thief) as unknown as JsonObject);
		return new Map<string, readonly string[] | undefined>([
			[name, undefined],
			[`${name}.removed`, [tombstone]],
		]);
	},
};

/** A directory that holds a trail, in which some files are exchanged for one verification. */
class Place {
	constructor(
		readonly dir: string,
		private readonly whole: Files,
	) {}

	static async made(files: Files): Promise<Place> {
		const place = new Place(await mkdtemp(join(tmpdir(), 'mcp-firewall-tamper-')), files);
		await place.put(files);
		return place;
	}

	async verify(changed: Files, heads: readonly StreamHead[]) {
		await this.put(changed);
		const report = await verifyTrail(this.dir, { keys: [signer.publicKey], heads });
		await this.put(new Map([...changed.keys()].map(name => [name, this.whole.get(name)])));
		return report;
	}

	private async put(files: Files): Promise<void> {
		for (const [name, content] of files) {
			const file = join(this.dir, name);
			await (content === undefined ? rm(file, { force: true }) : writeFile(file, bytesOf(content)));
		}
	}
}

const wholeTrail = (): Files => new Map(segments.map(({ name, lines }) => [name, lines]));

describe('2,000 random tamperings', () => {
	it('AUD-01 AUD-02 AUD-04 AUD-05: are found 2,000 times', { timeout: 600_000 }, async () => {
		const place = await Place.made(wholeTrail());
		const kinds = Object.entries(TAMPERING);
		const missed: string[] = [];
		expect((await place.verify(new Map(), anchors)).ok).toBe(true);
		for (let seed = 0; seed < TAMPERINGS; seed++) {
			const [kind, tamper] = kinds[seed % kinds.length]!;
			const { ok, breaks } = await place.verify(tamper(randomOf(seed)), anchors);
			if (ok || breaks.some(({ file, why }) => file === '' || !why)) {
				missed.push(`seed ${seed}: ${kind}`);
			}
		}
		expect(missed).toEqual([]);
		expect((await place.verify(new Map(), anchors)).ok).toBe(true);
		await rm(place.dir, { recursive: true });
	});
});

describe('an entry put in behind the last signature', () => {
	it('cannot be told from an honest one, and is never counted as signed', async () => {
		const place = await Place.made(wholeTrail());
		const { line } = chainLine(aRecord(), two.last, nodeSha256);
		const before = await place.verify(new Map(), anchors);
		const after = await place.verify(
			withLines(two.segment.name, lines => [...lines, line]),
			anchors,
		);
		expect([before.unsigned, after.unsigned]).toEqual([0, 1]);
		expect(after.signed).toBe(before.signed);
		await rm(place.dir, { recursive: true });
	});
});

describe('200 honest trails', () => {
	it(
		'AUD-07 AUD-08: torn at any byte, interleaved, with clocks that step, are called honest',
		{ timeout: 120_000 },
		async () => {
			let minute = 0;
			const clock = () => new Date(Date.UTC(2026, 9, 1, 12, (minute++ * 37) % 60)).toISOString();
			const crashed = new StreamMaker({ signer, clock });
			const beside = new StreamMaker({ signer, clock });
			for (let turn = 0; turn < 4; turn++) {
				crashed.addMany(2).checkpoint().add();
				beside.add().checkpoint();
			}
			crashed.rotate().addMany(2).checkpoint().addMany(2);
			const all = [crashed, beside].flatMap(stream => stream.segments);
			const place = await Place.made(new Map(all.map(({ name, lines }) => [name, lines])));
			const { name, lines, entries } = crashed.segment;
			const bytes = bytesOf(lines);
			const wrong: string[] = [];
			for (let seed = 0; seed < HONEST; seed++) {
				const random = randomOf(seed);
				const cut = bytes.subarray(0, random(bytes.length + 1));
				const left = cut.filter(byte => byte === 0x0a).length;
				const next = entries[0]!.seq + left;
				const zeros = cut.at(-1) === 0x0a && random(4) === 0 ? Buffer.alloc(random(40)) : Buffer.alloc(0);
				const heads = [...crashed.heads.filter(({ seq }) => seq < next), ...beside.heads];
				const report = await place.verify(new Map([[name, Buffer.concat([cut, zeros])]]), heads);
				const isTorn = cut.length > 0 && (cut.at(-1) !== 0x0a || zeros.length > 0);
				if (!report.ok || report.torn.length !== (isTorn ? 1 : 0) || report.anchors.met !== heads.length) {
					wrong.push(`seed ${seed}: cut at ${cut.length}: ${JSON.stringify(report.breaks)}`);
				}
			}
			expect(wrong).toEqual([]);
			await rm(place.dir, { recursive: true });
		},
	);
});
