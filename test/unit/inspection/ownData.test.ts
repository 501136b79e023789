import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseOwn } from '../../../scripts/injection/own/parse.mjs';
import { ownRows } from '../../../scripts/injection/own/rows.mjs';
import { lacksFile } from '../support/machine';

const rows = ownRows();
const CORPORA = process.env['MCP_FIREWALL_CORPORA'] ?? join(import.meta.dirname, '../../../../shared/corpora/dev');
const noCorpora = lacksFile(CORPORA, 'the corpora are not part of the project');

const digest = (text: string): string => createHash('sha256').update(text.trim()).digest('base64');

/** How many rows there are for each value of a key. */
function count(key: (row: (typeof rows)[number]) => string): Map<string, number> {
	const table = new Map<string, number>();
	for (const row of rows) table.set(key(row), (table.get(key(row)) ?? 0) + 1);
	return table;
}

/** The texts of the corpora and the injected sentences they name, by digest. */
function corpusDigests(): Set<string> {
	const found = new Set<string>();
	for (const file of readdirSync(CORPORA).filter(name => name.endsWith('.jsonl'))) {
		for (const line of readFileSync(join(CORPORA, file), 'utf8').split('\n')) {
			if (line === '') continue;
			const row = JSON.parse(line) as { text: string; meta?: { instruction?: unknown } };
			found.add(digest(row.text));
			if (typeof row.meta?.instruction === 'string') found.add(digest(row.meta.instruction));
		}
	}
	return found;
}

describe('our own sentences for the detector', () => {
	it('are refused with file and line where a wording has no label', () => {
		expect(() => parseOwn('x.txt', '% family=a lang=en\nSome text.')).toThrow('x.txt:2: no label');
	});

	it('are refused where a wording has no language', () => {
		expect(() => parseOwn('x.txt', '% family=a label=benign\nSome text.')).toThrow('x.txt:2: no lang');
	});

	it('give the same rows in the same order each time', () => {
		expect(ownRows()).toEqual(rows);
	});

	it('have unique ids and unique texts', () => {
		expect(new Set(rows.map(row => row.id)).size).toBe(rows.length);
		expect(new Set(rows.map(row => row.text.trim())).size).toBe(rows.length);
	});

	it('leave no mark of the notation in a text', () => {
		expect(rows.filter(row => /[⟨⟩⟦⟧]/.test(row.text))).toEqual([]);
	});

	it('name the span of each injection, and of no benign text', () => {
		for (const row of rows) {
			if (row.label === 'benign') {
				expect(row.span, row.id).toBeUndefined();
				continue;
			}
			const [start, end] = row.span ?? [-1, -1];
			expect(start, row.id).toBeGreaterThanOrEqual(0);
			expect(end, row.id).toBeGreaterThan(start);
			expect(end, row.id).toBeLessThanOrEqual(row.text.length);
			if (!row.embedded) expect([start, end], row.id).toEqual([0, row.text.length]);
		}
	});

	it('find the sentence of an embedded injection again at its span', () => {
		// A carrier of one line holds it on one line.
		const texts = rows.filter(row => !row.embedded).map(row => row.text);
		const alone = new Set([...texts, ...texts.map(text => text.replace(/\n+/g, ' '))]);
		const plain = (text: string): string => {
			try {
				return JSON.parse(`"${text}"`) as string;
			} catch {
				return text;
			}
		};
		const lost = rows.filter(row => {
			if (!row.embedded || !row.span) return false;
			const inner = row.text.slice(...row.span);
			return !alone.has(inner) && !alone.has(plain(inner));
		});
		expect(lost.map(row => row.id)).toEqual([]);
	});

	it('keep about a fifth apart for the test, and no wording on both sides', () => {
		const test = rows.filter(row => row.split === 'test');
		expect(test.length / rows.length).toBeGreaterThan(0.15);
		expect(test.length / rows.length).toBeLessThan(0.3);
		const sides = new Map<string, string>();
		for (const row of rows) {
			expect(sides.get(row.wording) ?? row.split, row.wording).toBe(row.split);
			sides.set(row.wording, row.split);
		}
	});

	it('hold at least 1,500 of each label, with neither more than twice as frequent', () => {
		const table = count(row => row.label);
		const [benign, injection] = [table.get('benign') ?? 0, table.get('injection') ?? 0];
		expect(Math.min(benign, injection)).toBeGreaterThanOrEqual(1500);
		expect(Math.max(benign, injection) / Math.min(benign, injection)).toBeLessThan(2);
	});

	it('hold both labels in each language and kind, none below a quarter', () => {
		for (const key of ['language', 'kind'] as const) {
			const all = count(row => row[key]);
			const bad = count(row => (row.label === 'injection' ? row[key] : ''));
			for (const [name, total] of all) {
				const share = (bad.get(name) ?? 0) / total;
				expect(share, name).toBeGreaterThan(0.25);
				expect(share, name).toBeLessThan(0.75);
			}
		}
	});

	it('speak at least 25 languages, and no family makes up a quarter of its label', () => {
		expect(count(row => row.language).size).toBeGreaterThanOrEqual(25);
		const labels = count(row => row.label);
		for (const [name, n] of count(row => `${row.label} ${row.family}`))
			expect(n / (labels.get(name.split(' ')[0] ?? '') ?? 1), name).toBeLessThan(0.25);
	});

	it.skipIf(noCorpora)('hold no row and no injected sentence of the corpora', () => {
		const known = corpusDigests();
		expect(known.size).toBeGreaterThan(1000);
		const same = rows.filter(
			row => known.has(digest(row.text)) || (row.span && known.has(digest(row.text.slice(...row.span)))),
		);
		expect(same.map(row => row.id)).toEqual([]);
	});
});
