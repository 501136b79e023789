import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type AuditFilter } from '../../../src/domain/audit/auditFilter';
import { type AuditRecord } from '../../../src/domain/audit/auditRecord';
import { segmentFileName } from '../../../src/domain/audit/segmentName';
import { eachEntry } from '../../../src/storage/eachEntry';
import { aRecord, chained, entryText, journalText, tempDir } from '../support/auditRecords';

const ONE = '00000000-0000-4000-8000-000000000001';
const TWO = '00000000-0000-4000-8000-000000000002';
const at = (seconds: number, day = 1) => new Date(Date.UTC(2026, 9, day, 12, 0, seconds)).toISOString();

async function ids(dir: string, filter?: AuditFilter, signal?: AbortSignal): Promise<string[]> {
	const found: string[] = [];
	for await (const { id } of eachEntry(dir, filter, signal)) {
		found.push(id);
	}
	return found;
}

function segment(dir: string, stream: string, number: number, day: number, lines: string): Promise<void> {
	const name = segmentFileName({ day: `2026-10-0${day}`, stream, number });
	return writeFile(join(dir, name), lines);
}

function idsOf(records: readonly AuditRecord[]): string[] {
	return records.map(({ id }) => id);
}

describe('eachEntry and bad journals', () => {
	it('rejects a directory that is not there, and stops where it is told to', async () => {
		const dir = await tempDir();
		await expect(ids(join(dir, 'gone'))).rejects.toMatchObject({ code: 'journal-unreadable' });
		await segment(dir, ONE, 1, 1, journalText([aRecord()]));
		await expect(ids(dir, {}, AbortSignal.abort())).rejects.toMatchObject({ code: 'aborted' });
	});

	it('passes over what is no entry, what cannot be searched, and a day that there is not', async () => {
		const dir = await tempDir();
		const good = aRecord();
		const deep = journalText([aRecord()]).replace('1.5', '['.repeat(1e5) + ']'.repeat(1e5));
		await writeFile(
			join(dir, `2026-99-99-${ONE}-000001.ndjson`),
			`rubbish\n\n{}\n${deep}${journalText([good])}{"torn`,
		);
		expect(await ids(dir, { text: 'passwd' })).toEqual([good.id]);
	});

	it('passes over a segment that retention removes while it reads', async () => {
		const dir = await tempDir();
		const [first, gone, last] = [aRecord({ at: at(0) }), aRecord({ at: at(0, 2) }), aRecord({ at: at(0, 3) })];
		await segment(dir, ONE, 1, 1, journalText([first]));
		await segment(dir, TWO, 1, 2, journalText([gone]));
		await segment(dir, ONE, 2, 3, journalText([last]));
		const found: string[] = [];
		for await (const { id } of eachEntry(dir)) {
			found.push(id);
			await rm(join(dir, segmentFileName({ day: '2026-10-02', stream: TWO, number: 1 })), { force: true });
		}
		expect(found).toEqual(idsOf([first, last]));
	});
});

describe('eachEntry', () => {
	it('gives all streams as one, oldest first; AUD-07: within a stream by seq, whatever the clock did', async () => {
		const dir = await tempDir();
		const one = [aRecord({ at: at(3) }), aRecord({ at: at(1) }), aRecord({ at: at(9) }), aRecord({ at: at(2, 2) })];
		const two = [aRecord({ at: at(0) }), aRecord({ at: at(4) }), aRecord({ at: at(5, 3) })];
		const lines = chained(one).map(entryText);
		await segment(dir, ONE, 1, 1, lines.slice(0, 3).join(''));
		await segment(dir, ONE, 2, 2, lines.slice(3).join(''));
		await segment(dir, TWO, 1, 1, journalText(two));
		expect(await ids(dir)).toEqual(
			idsOf([two[0], one[0], one[1], two[1], one[2], one[3], two[2]] as AuditRecord[]),
		);
	});

	it('A9: gives what the filter asks for, verdicts too, and no checkpoints', async () => {
		const dir = await tempDir();
		const call = aRecord({ outcome: 'answered', tool: 'fetch' });
		const verdict = aRecord({ kind: 'verdict', outcome: 'pending', tool: 'fetch', callId: call.id });
		await segment(dir, ONE, 1, 1, journalText([aRecord(), verdict, aRecord({ kind: 'checkpoint' }), call]));
		expect(await ids(dir, { tool: 'fetch' })).toEqual([verdict.id, call.id]);
		expect(await ids(dir)).toHaveLength(3);
	});
});
