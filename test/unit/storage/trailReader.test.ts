import { appendFile, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LineSplitter } from '../../../src/storage/lineSplitter';
import { journalFiles, readLines } from '../../../src/storage/trailReader';
import { aRecord, journalText, tempDir } from '../support/auditRecords';
import { lacks } from '../support/machine';

const noLinks = lacks('links', 'a link lies among the files');

async function trail(count = 6): Promise<{ readonly file: string; readonly text: string }> {
	const file = join(await tempDir(), '2026-10-01-a.ndjson');
	const text = journalText(Array.from({ length: count }, () => aRecord({ detail: 'größer \ufffd' })));
	await writeFile(file, text);
	return { file, text };
}

describe('journalFiles', () => {
	it.skipIf(noLinks)('takes the directory of the trail or the data directory above it, and no links', async () => {
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
