import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sha256Hex } from '../../../src/base/digest';
import { canonicalJson, type JsonObject, type JsonValue } from '../../../src/base/json';
import { type AuditEntry } from '../../../src/domain/audit/auditRecord';
import {
	chainEntry,
	chainLine,
	type ChainLink,
	entryLine,
	GENESIS,
	isCutShort,
	judgeLine,
	type LineReason,
	verifyEntry,
} from '../../../src/domain/audit/chain';
import { aRecord, chained } from '../support/auditRecords';

const RECORDS = [
	aRecord({ kind: 'lifecycle', outcome: 'noted', event: 'trail-opened' }),
	aRecord({ arguments: { text: 'naïve — ☃', deep: [{ a: null }, true, 1e21, -0] }, labels: ['untrusted'] }),
	aRecord({ outcome: 'answered', verdict: { effect: 'allow', reason: 'policy_allow' } }),
	aRecord({ tool: 'odd\u001b[2J\r\nname', detail: 'x' }),
	aRecord(),
];
const LINES = chained(RECORDS).map(entryLine);

interface Found {
	readonly line: number;
	readonly seq: number;
	readonly why: LineReason;
}

function check(lines: readonly string[]): Found | undefined {
	let last: ChainLink | undefined;
	for (const [index, line] of lines.entries()) {
		const judged = judgeLine(line, last);
		if (!judged.ok) {
			return { line: index + 1, seq: (last?.seq ?? -1) + 1, why: judged.why };
		}
		last = judged.entry;
	}
	return undefined;
}

/** A chain that is right in itself, over entries that nobody wrote. */
function forge(entry: AuditEntry, change: Partial<Record<keyof AuditEntry, unknown>>): string {
	const open = { ...entry, ...change, hash: undefined } as unknown as JsonObject;
	return canonicalJson({ ...open, hash: sha256Hex(canonicalJson(open)) });
}

describe('a line that is written in one pass', () => {
	it('property: is the canonical JSON of its entry, and its hash that of the entry without it', () => {
		fc.assert(
			fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.jsonValue(), (given, labels) => {
				const record = aRecord({ arguments: given as JsonObject, detail: '"hash":"' + '0'.repeat(64) + '",' });
				const odd = { ...record, zzz: labels as JsonValue, aaa: { hash: '"hash":"' }, left: undefined };
				const before = chainEntry(aRecord(), undefined);
				const { entry, line } = chainLine(odd, before);
				expect(line).toBe(entryLine(entry));
				expect(entry.hash).toBe(
					sha256Hex(canonicalJson({ ...entry, hash: undefined } as unknown as JsonObject)),
				);
				expect(verifyEntry(entry, before)).toEqual({ ok: true });
			}),
		);
	});
});

describe('a chain that was touched', () => {
	it('AUD-01: any one byte changed in any line but the last is found', () => {
		const bytes = Buffer.from(LINES.join('\n'), 'utf8');
		const middle = Buffer.byteLength(LINES.slice(0, -1).join('\n'), 'utf8');
		for (let at = 0; at < middle; at++) {
			const copy = Buffer.from(bytes);
			copy[at] = (copy[at] ?? 0) ^ (1 << (at % 8));
			expect(check(copy.toString('utf8').split('\n')), `byte ${at}`).toBeDefined();
		}
	});

	it('AUD-01: any line deleted, doubled, swapped or slipped in is found, and where', () => {
		const at = fc.nat(LINES.length - 2);
		fc.assert(
			fc.property(at, at, fc.string(), (one, other, text) => {
				const without = LINES.toSpliced(one, 1);
				expect(check(without)).toMatchObject({ line: one + 1, seq: one, why: 'wrong sequence' });
				expect(check(LINES.toSpliced(one, 0, LINES[one]!))).toMatchObject({ line: one + 2 });
				expect(check(LINES.toSpliced(one, 0, text))).toMatchObject({ line: one + 1, seq: one });
				if (one !== other) {
					const swapped = LINES.with(one, LINES[other]!).with(other, LINES[one]!);
					expect(check(swapped)).toMatchObject({ line: Math.min(one, other) + 1, why: 'wrong sequence' });
				}
			}),
		);
	});

	it('AUD-01: every member of every entry is covered by the hash', () => {
		for (const [index, line] of LINES.entries()) {
			const entry = JSON.parse(line) as Record<string, JsonValue>;
			for (const key of Object.keys(entry)) {
				const rest = { ...entry, [key]: undefined };
				expect(check(LINES.with(index, canonicalJson(rest))), key).toMatchObject({ line: index + 1 });
			}
			expect(check(LINES.with(index, canonicalJson({ ...entry, extra: 1 })))).toMatchObject({ why: 'altered' });
		}
	});

	it('an entry edited and hashed anew no longer carries the one that follows', () => {
		const edited = forge(JSON.parse(LINES[1]!) as AuditEntry, { outcome: 'answered' });
		expect(check(LINES.with(1, edited))).toEqual({ line: 3, seq: 2, why: 'does not follow' });
	});

	it('AUD-03: emptied hashes are a break, never something to fill in again', () => {
		const emptied = LINES.map(line => canonicalJson({ ...(JSON.parse(line) as JsonObject), hash: '' }));
		expect(check(emptied)).toEqual({ line: 1, seq: 0, why: 'altered' });
	});

	it('AUD-06: the schema version is part of what is hashed, and an unknown one is no reason to hash less', () => {
		const first = JSON.parse(LINES[0]!) as AuditEntry;
		expect(check([canonicalJson({ ...first, v: 3 } as unknown as JsonObject)])?.why).toBe('unknown version');
		expect(check([forge(first, { v: 3 })])?.why).toBe('unknown version');
		expect(check([forge(first, { v: undefined })])?.why).toBe('not an audit entry');
	});

	it.each([
		['blank', ' ', 'not JSON'],
		['empty', '', 'not JSON'],
		['an array', '[]', 'not an audit entry'],
		['null', 'null', 'not an audit entry'],
		['spaces in JSON', LINES[0]!.replace(':', ': '), 'not canonical'],
		['a carriage return', `${LINES[0]!}\r`, 'not canonical'],
		['a byte order mark', `\uFEFF${LINES[0]!}`, 'not JSON'],
		['a doubled key', LINES[0]!.replace('{', '{"at":"2020-01-01T00:00:00.000Z",'), 'not canonical'],
		['members of a wrong type', forge(JSON.parse(LINES[0]!) as AuditEntry, { tool: {} }), 'not an audit entry'],
		[
			'an inherited name as kind',
			forge(JSON.parse(LINES[0]!) as AuditEntry, { kind: 'toString' }),
			'not an audit entry',
		],
		['a number beyond a double', LINES[0]!.replace('1.5', '1e999'), 'not canonical'],
		['deep nesting', LINES[0]!.replace('1.5', '['.repeat(1e5) + ']'.repeat(1e5)), 'not canonical'],
	])('a line of %s is named for what it is', (_, line, why) => {
		expect(check([line])).toEqual({ line: 1, seq: 0, why });
	});
});

describe('what a crash can leave of a line', () => {
	it('is its beginning, wherever it was cut, and zeros', () => {
		for (let end = 0; end < LINES[1]!.length; end++) {
			expect(isCutShort(LINES[1]!.slice(0, end)), `cut at ${end}`).toBe(true);
		}
		expect(isCutShort('\0\0\0')).toBe(true);
	});

	it('is no whole value, nor anything else', () => {
		for (const text of [LINES[1]!, `${LINES[1]!}X`, 'rubbish', '[', ' {', '\0{']) {
			expect(isCutShort(text), text).toBe(false);
		}
	});
});

describe('an honest chain', () => {
	it('begins at genesis and verifies entry by entry', () => {
		const entries = chained(RECORDS);
		expect(entries[0]).toMatchObject({ v: 2, seq: 0, prev: GENESIS });
		entries.forEach((entry, index) => expect(verifyEntry(entry, entries[index - 1])).toEqual({ ok: true }));
		expect(check(LINES)).toBeUndefined();
	});

	it('hashes the canonical JSON without its hash', () => {
		const { hash, ...rest } = JSON.parse(LINES[1]!) as AuditEntry;
		expect(hash).toBe(sha256Hex(canonicalJson(rest as unknown as JsonObject)));
	});

	it('AUD-07: is valid when the clock steps back', () => {
		const records = ['12:00', '11:00', '13:00', '10:59'].map(time => aRecord({ at: `2026-10-01T${time}:00.000Z` }));
		expect(check(chained(records).map(entryLine))).toBeUndefined();
	});

	it('AUD-12: keeps control characters encoded, one line each', () => {
		for (const line of LINES) {
			expect(line).not.toMatch(/\p{Cc}/u);
		}
		expect(LINES[3]).toContain('odd\\u001b[2J\\r\\nname');
	});

	it('takes any JSON as arguments', () => {
		fc.assert(
			fc.property(fc.array(fc.jsonValue(), { maxLength: 4 }), values => {
				const records = values.map(value => aRecord({ arguments: value as JsonValue }));
				expect(check(chained(records).map(entryLine))).toBeUndefined();
			}),
		);
	});

	it('takes keys that JavaScript orders in its own way, and arguments that look like chain members', () => {
		const tricky = [
			{ 10: 1, 9: 2, a: 3 },
			{ hash: GENESIS, z: 1 },
			{ prev: GENESIS, seq: 0, v: 3 },
			{ é: 1, z: 2 },
		];
		const records = tricky.map(value => aRecord({ arguments: value }));
		expect(check(chained(records).map(entryLine))).toBeUndefined();
		const unsorted = entryLine(chained(records)[3]!).replace('{"z":2,"é":1}', '{"é":1,"z":2}');
		expect(check([unsorted])?.why).toBe('not canonical');
	});

	it('does not let a record bring its own place', () => {
		const smuggled = { ...aRecord(), seq: 9, prev: 'x', hash: 'x', v: 7 };
		expect(verifyEntry(chainEntry(smuggled, undefined), undefined)).toEqual({ ok: true });
	});
});
