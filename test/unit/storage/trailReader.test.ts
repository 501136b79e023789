import { appendFile, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LineSplitter } from '../../../src/storage/lineSplitter';
import { journalFiles, readLines } from '../../../src/storage/trailReader';
import { verifyTrail } from '../../../src/storage/verifyTrail';
import { aRecord, journalText, tempDir } from '../support/auditRecords';

async function trail(count = 6): Promise<{ readonly dir: string; readonly file: string; readonly text: string }> {
	const dir = await tempDir();
	const file = join(dir, '2026-10-01-a.ndjson');
	const text = journalText(Array.from({ length: count }, () => aRecord({ detail: 'größer \ufffd' })));
	await writeFile(file, text);
	return { dir, file, text };
}

describe('verifyTrail', () => {
	it('rejects a directory that is not there, or is none', async () => {
		const { dir, file } = await trail();
		await expect(verifyTrail(join(dir, 'gone'))).rejects.toMatchObject({ code: 'journal-unreadable' });
		await expect(verifyTrail(file)).rejects.toMatchObject({ code: 'journal-unreadable' });
	});

	it('stops when it is cancelled', async () => {
		const { dir } = await trail();
		await expect(verifyTrail(dir, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'aborted' });
	});

	it('AUD-01: finds any one byte that is changed, taken out or put in, and only reads', async () => {
		const { dir, file, text } = await trail();
		const bytes = Buffer.from(text);
		const middle = text.trimEnd().lastIndexOf('\n');
		await fc.assert(
			fc.asyncProperty(fc.nat(middle), fc.integer({ min: 1, max: 255 }), fc.nat(2), async (at, mask, how) => {
				const changed = Buffer.from([bytes[at]! ^ mask]);
				const copy = Buffer.concat([
					bytes.subarray(0, at),
					how === 1 ? Buffer.alloc(0) : changed,
					bytes.subarray(how === 2 ? at : at + 1),
				]);
				await writeFile(file, copy);
				const report = await verifyTrail(dir);
				expect(report.ok).toBe(false);
				expect(report.breaks).toHaveLength(1);
				expect(await readFile(file)).toEqual(copy);
			}),
			{ numRuns: 200 },
		);
	});

	it('names the file, the line, the number and the reason of the first break of each file', async () => {
		const { dir, file, text } = await trail();
		const lines = text.split('\n');
		await writeFile(file, lines.toSpliced(2, 1).join('\n'));
		const other = join(dir, '2026-10-02-b.ndjson');
		await writeFile(other, text.replace('größer', 'kleiner').replace('"v":2', '"v":3'));
		const { ok, files, entries, breaks } = await verifyTrail(dir);
		expect({ ok, files, entries }).toEqual({ ok: false, files: 2, entries: 2 });
		expect(breaks).toEqual([
			{ file, line: 3, seq: 2, why: 'wrong sequence' },
			{ file: other, line: 1, seq: 0, why: 'unknown version' },
		]);
	});

	it('bytes that are not UTF-8 are not read as the replacement character that stood there', async () => {
		const { dir, file, text } = await trail(2);
		const at = Buffer.from(text).indexOf('\ufffd');
		await writeFile(
			file,
			Buffer.concat([Buffer.from(text).subarray(0, at), Buffer.from([0xff]), Buffer.from(text).subarray(at + 3)]),
		);
		expect((await verifyTrail(dir)).breaks).toEqual([{ file, line: 1, seq: 0, why: 'not UTF-8' }]);
	});

	it('calls a last line that a crash cut short torn, apart from tampering', async () => {
		const { dir, file, text } = await trail(3);
		const bytes = Buffer.from(text);
		const lastLine = text.trimEnd().lastIndexOf('\n') + 1;
		const start = Buffer.byteLength(text.slice(0, lastLine));
		for (let end = start + 1; end < bytes.length; end++) {
			await writeFile(file, bytes.subarray(0, end));
			const { ok, torn } = await verifyTrail(dir);
			expect({ ok, torn }, `cut at ${end}`).toEqual({ ok: true, torn: [{ file, line: 3 }] });
		}
	});

	it('a broken file with a torn line is broken', async () => {
		const { dir, file, text } = await trail();
		await writeFile(file, text.replace('policy_deny', 'policy_xxxx').slice(0, -9));
		expect(await verifyTrail(dir)).toMatchObject({ ok: false, torn: [], breaks: [{ line: 1, why: 'altered' }] });
	});

	it('AUD-13: verifies a file of many chunks to its end', async () => {
		const { dir, file, text } = await trail(3000);
		expect(await verifyTrail(dir)).toMatchObject({ ok: true, entries: 3000, torn: [] });
		const at = text.lastIndexOf('policy_deny');
		await writeFile(file, `${text.slice(0, at)}policy_dený${text.slice(at + 11)}`);
		expect(await verifyTrail(dir)).toMatchObject({
			ok: false,
			breaks: [{ line: 3000, seq: 2999, why: 'altered' }],
		});
	});
});

describe('journalFiles', () => {
	it('takes the directory of the trail or the data directory above it, and no links', async () => {
		const { file } = await trail();
		const data = await tempDir();
		expect(await journalFiles(data)).toEqual([]);
		await mkdir(join(data, 'trail', 'folder.ndjson'), { recursive: true });
		await writeFile(join(data, 'trail', 'b.ndjson'), '');
		await writeFile(join(data, 'trail', 'a.ndjson'), '');
		await writeFile(join(data, 'trail', 'notes.txt'), '');
		await symlink(file, join(data, 'trail', 'link.ndjson'));
		const expected = ['a.ndjson', 'b.ndjson'].map(name => join(data, 'trail', name));
		expect(await journalFiles(data)).toEqual(expected);
		expect(await journalFiles(join(data, 'trail'))).toEqual(expected);
	});
});

describe('lines', () => {
	it('are the same however the stream is cut', () => {
		const cutAt = fc.array(fc.nat(60), { maxLength: 8 });
		const lines = fc.array(fc.string({ unit: 'grapheme', maxLength: 12 }), { maxLength: 6 });
		fc.assert(
			fc.property(lines, cutAt, (texts, cuts) => {
				const clean = texts.map(text => text.replaceAll('\n', ''));
				const bytes = Buffer.from(clean.join('\n'));
				const splitter = new LineSplitter({ offset: 0, lines: 0 });
				const marks = [0, ...cuts.filter(at => at < bytes.length).sort((a, b) => a - b), bytes.length];
				const out = marks.slice(1).flatMap((end, n) => splitter.push(bytes.subarray(marks[n], end)));
				out.push(...splitter.end());
				const expected = clean.at(-1) === '' ? clean.slice(0, -1) : clean;
				expect(out.map(({ text }) => text)).toEqual(expected);
				expect(out.at(-1)?.end ?? 0).toBe(bytes.length);
			}),
		);
	});

	it('beyond the limit are named, not kept, and do not shift what follows', () => {
		const splitter = new LineSplitter({ offset: 10, lines: 4 }, 5);
		const out = [Buffer.from('123'), Buffer.from('456'), Buffer.from('7\n12345\n')].flatMap(part =>
			splitter.push(part),
		);
		expect(out).toEqual([
			{ line: 5, start: 10, end: 18, terminated: true, text: { unreadable: 'too long' } },
			{ line: 6, start: 18, end: 24, terminated: true, text: '12345' },
		]);
	});

	it('can be read on from where a reader stopped', async () => {
		const { file, text } = await trail(2);
		const size = Buffer.byteLength(text);
		await appendFile(file, 'third\nfour');
		const rest = [];
		for await (const lines of readLines(file, { offset: size, lines: 2 })) {
			rest.push(...lines);
		}
		expect(rest).toMatchObject([
			{ line: 3, text: 'third', terminated: true, start: size },
			{ line: 4, text: 'four', terminated: false, end: size + 10 },
		]);
	});
});
