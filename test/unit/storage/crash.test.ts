import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../../src/base/logger';
import { type AuditEntry } from '../../../src/domain/audit/auditRecord';
import { FileAnchor } from '../../../src/storage/headAnchor';
import { Journal } from '../../../src/storage/journal';
import { systemClock } from '../../../src/storage/system';
import { verifyTrail } from '../../../src/storage/verifyTrail';
import { aRecord, randomIds, tempDir } from '../support/auditRecords';
import { runs } from '../support/runs';
import { checkedStreams } from '../support/trailChecks';
import { signed } from '../support/trailKey';

const RUNS = runs(200).numRuns;
/** Writers that run at the same time: most of a run is waiting for a process. */
const AT_ONCE = 4;
/** The moments of a failed run can be had again: `CRASH_SEED=… vitest run …`. */
const SEED = Number(process.env.CRASH_SEED ?? Date.now() % 1_000_000);

/** Bundles the writer into a directory of this test. */
async function writerIn(dir: string): Promise<string> {
	const built = await build({
		...{ entryPoints: [join(import.meta.dirname, '..', 'support', 'journalWriter.ts')], write: false },
		...{ bundle: true, platform: 'node', format: 'esm' },
		// write-file-atomic is CommonJS.
		banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
	});
	const program = join(dir, 'writer.mjs');
	await writeFile(program, built.outputFiles[0]!.text);
	return program;
}

/** Lines that were told whole: `stream seq hash`. */
class Told {
	text = '';
	constructor(child: ChildProcess) {
		child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.text += text));
	}

	get lines(): readonly string[] {
		return this.text.split('\n').slice(0, -1);
	}
}

function start(program: string, ...args: readonly string[]): { child: ChildProcess; told: Told } {
	const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
	return { child, told: new Told(child) };
}

/** A small generator (mulberry32): the same moments for the same seed, as far as the machine repeats itself. */
function random(seed: number): () => number {
	let state = seed;
	return () => {
		state = (state + 0x6d2b79f5) | 0;
		let t = Math.imul(state ^ (state >>> 15), 1 | state);
		t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
		return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
	};
}

const toldOf = (stream: string, { seq, hash }: AuditEntry) => `${stream} ${seq} ${hash}`;

async function writtenIn(trail: string): Promise<ReadonlySet<string>> {
	const streams = await checkedStreams(trail);
	return new Set([...streams].flatMap(([stream, segments]) => segments.flat().map(entry => toldOf(stream, entry))));
}

/** One run: a writer that is killed so many milliseconds after its first acknowledgement. */
async function crash(program: string, root: string, afterMs: number): Promise<number> {
	const trail = join(root, 'trail');
	const { child, told } = start(program, root);
	const over = once(child, 'close') as Promise<[number | null, string | null]>;
	await once(child.stdout!, 'data');
	await pause(afterMs);
	child.kill('SIGKILL');
	expect((await over)[1]).toBe('SIGKILL');
	const written = await writtenIn(trail);
	expect(told.lines.filter(line => !written.has(line))).toEqual([]);
	const heads = await new FileAnchor(join(root, 'anchors'), silentLogger).heads();
	expect(await verifyTrail(trail, { heads })).toMatchObject({ ok: true, breaks: [] });
	const journal = await Journal.open({
		...{ dir: trail, clock: systemClock, ids: randomIds, logger: silentLogger, ...signed() },
	});
	await journal.append(aRecord(), 'synced');
	await journal.close();
	expect(await verifyTrail(trail, { heads })).toMatchObject({ ok: true, breaks: [], streams: 2 });
	return told.lines.length;
}

describe('a window that is killed', () => {
	it(`loses no acknowledged entry, is called honest, and the next one opens beside it (${RUNS} runs, seed ${SEED})`, async () => {
		const root = await tempDir();
		const program = await writerIn(root);
		const next = random(SEED);
		const moments = Array.from({ length: RUNS }, () => next() * 60);
		let acknowledged = 0;
		const lane = async () => {
			for (let at = moments.pop(); at !== undefined; at = moments.pop()) {
				const run = `run-${moments.length}`;
				acknowledged += await crash(program, join(root, run), at);
			}
		};
		await Promise.all(Array.from({ length: AT_ONCE }, lane));
		expect(acknowledged).toBeGreaterThan(RUNS);
	}, 240_000);

	it('AUD-08: two processes with many appends at once in one directory never touch each other’s files', async () => {
		const root = await tempDir();
		const program = await writerIn(root);
		const writers = [1, 2].map(() => start(program, root, '65536', '40'));
		const ends = await Promise.all(writers.map(({ child }) => once(child, 'close')));
		expect(ends).toEqual([
			[0, null],
			[0, null],
		]);
		const streams = await checkedStreams(join(root, 'trail'));
		expect(streams.size).toBe(2);
		for (const [stream, segments] of streams) {
			const lines = writers.map(({ told }) => told.lines).find(([first]) => first?.startsWith(stream) === true);
			const calls = segments.flat().filter(({ kind }) => kind === 'call');
			expect(calls.map(entry => toldOf(stream, entry)).sort()).toEqual([...(lines ?? [])].sort());
			expect(calls).toHaveLength(640);
			expect(segments.length).toBeGreaterThan(3);
			expect(segments.at(-1)?.at(-1)?.checkpoint?.seals).toBe('closed');
		}
		const heads = await new FileAnchor(join(root, 'anchors'), silentLogger).heads();
		expect(heads.map(({ closed }) => closed)).toEqual([true, true]);
		expect(await verifyTrail(join(root, 'trail'), { heads })).toMatchObject({ ok: true, torn: [], streams: 2 });
	});
});
