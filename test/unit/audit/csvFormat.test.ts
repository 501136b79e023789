import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AuditRecord } from '../../../src/domain/audit/auditRecord';
import { CSV_COLUMNS, csvFormat } from '../../../src/domain/audit/export/csvFormat';
import { aRecord, chained } from '../support/auditRecords';

function lines(...records: AuditRecord[]): string {
	const writer = csvFormat();
	const rows = chained(records).map(entry => writer.add({ entry, entries: [entry] }));
	return writer.begin() + rows.join('') + writer.end();
}

/** A reader of RFC 4180 of its own. */
function parse(text: string): string[][] {
	const rows: string[][] = [];
	let row: string[] = [];
	for (const [, quoted, plain = '', end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/g)) {
		row.push(quoted?.replaceAll('""', '"') ?? plain);
		if (end === '\r\n') {
			rows.push(row);
			row = [];
		}
	}
	return rows;
}

function cell(record: AuditRecord, name: string): string | undefined {
	const [header, first] = parse(lines(record));
	return first?.[header?.indexOf(name) ?? -1];
}

describe('CSV', () => {
	it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '＝1'])('defuses a cell that begins as %j does', text => {
		expect(cell(aRecord({ tool: text }), 'tool')?.charAt(0)).toBe("'");
	});

	it.each([
		['a;=1+1', "a;'=1+1"],
		['a;"=1+1', `a;'"=1+1`],
		[';@SUM(A1);+1', ";'@SUM(A1);'+1"],
		['a; b;c', 'a; b;c'],
	])('defuses %j, which begins a cell where semicolons divide', (text, expected) => {
		expect(cell(aRecord({ tool: text }), 'tool')).toBe(expected);
	});

	it('AUD-12: whatever a server named, each record is one line without anything that acts on a terminal', () => {
		fc.assert(
			fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }), (tool, detail) => {
				const text = lines(aRecord({ tool, detail, server: { id: 'x', name: `${detail}"\r\n,` } }));
				expect(text.split('\r\n')).toHaveLength(3);
				expect(text.replaceAll('\r\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
				const rows = parse(text);
				expect(rows.map(row => row.length)).toEqual([CSV_COLUMNS.length, CSV_COLUMNS.length]);
				expect(rows[1]?.filter(each => /^[=+\-@]/.test(each))).toEqual([]);
			}),
			{ numRuns: 50 },
		);
	});

	it('says what happened in columns of its own, with masked arguments as JSON and empty cells for what is not there', () => {
		const record = aRecord({
			labels: ['untrusted'],
			latency: { decide: 1.5, approval: 0, upstream: 2, screen: 3 },
		});
		expect(cell(record, 'arguments')).toBe('{"path":"/etc/passwd","n":1.5}');
		expect(cell(record, 'rule')).toBe('no-etc');
		expect(cell(record, 'rule_line')).toBe('7');
		expect(cell(record, 'labels')).toBe('["untrusted"]');
		expect(cell(record, 'decide_ms')).toBe('1.5');
		expect(cell(record, 'event')).toBe('');
	});

	it('does not fall over what a forger put where a text belongs', () => {
		const forged = { ...aRecord(), server: { id: 'x', name: 'y', version: { a: [1] } } } as unknown as AuditRecord;
		expect(cell(forged, 'server_version')).toBe('{"a":[1]}');
	});
});
