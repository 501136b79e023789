import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type JsonValue, MAX_JSON_DEPTH } from '../../../src/base/json';
import { type JsonMode, type JsonProblem, parseJson } from '../../../src/base/strictJson';
import { processorMs } from '../support/processorMs';

/** What the scanner is held to: the same rules, unit by unit, each key by JSON.parse. */
function definition(text: string, mode: JsonMode): JsonProblem | undefined {
	const scopes: (Set<string> | undefined)[] = [];
	for (let at = 0; at < text.length; at++) {
		const char = text[at];
		if (char === '{' || char === '[') {
			scopes.push(char === '{' && mode === 'strict' ? new Set() : undefined);
			if (scopes.length > MAX_JSON_DEPTH) {
				return { kind: 'too-deep' };
			}
		} else if (char === '}' || char === ']') {
			scopes.pop();
		} else if (char === '"') {
			let end = at + 1;
			while (end < text.length && text[end] !== '"') {
				end += text[end] === '\\' ? 2 : 1;
			}
			const keys = scopes.at(-1);
			if (keys !== undefined && /^[ \t\r\n]*:/.test(text.slice(end + 1))) {
				let key: string;
				try {
					key = JSON.parse(text.slice(at, end + 1)) as string;
				} catch {
					return { kind: 'syntax' };
				}
				if (key === '__proto__' || keys.has(key)) {
					return { kind: key === '__proto__' ? 'forbidden-key' : 'duplicate-key', key };
				}
				keys.add(key);
			}
			at = end;
		}
	}
	return undefined;
}

function isFinite(value: JsonValue): boolean {
	return typeof value === 'object' && value !== null
		? (Object.values(value) as JsonValue[]).every(isFinite)
		: typeof value !== 'number' || Number.isFinite(value);
}

function outcomeOf(text: string, mode: JsonMode): unknown {
	const problem = definition(text, mode);
	if (problem !== undefined) {
		return { ok: false, problem };
	}
	let value: JsonValue;
	try {
		value = JSON.parse(text) as JsonValue;
	} catch {
		return { ok: false, problem: { kind: 'syntax' } };
	}
	if (mode === 'strict' && !isFinite(value)) {
		return { ok: false, problem: { kind: 'number-out-of-range' } };
	}
	const strict = definition(text, 'strict');
	const ambiguous = strict?.kind === 'duplicate-key' || strict?.kind === 'forbidden-key';
	return { ok: true, value, ...(ambiguous && { ambiguous }) };
}

const HOSTILE = [
	...['{', '}', '[', ']', '"', ':', ',', '\\', '\\\\', '\\"', '"a"', '"a":', '"b":1', '"\\u0061":', '"__proto__":'],
	...[
		' ',
		'\n',
		'\t',
		'\r',
		'\u00a0',
		'1e999',
		'-1e999',
		'1',
		'null',
		'"{"',
		'"\\\\"',
		'"\\\\\\""',
		'\u0001',
		'"\u0001":',
		'"x\\":',
	],
	...['{"a":', '[[', '"é"', '\ud800', '"__pro\\u0074o__" :'],
];

describe('PROTO-08: the scanner says of any text what its definition says', () => {
	const same = (text: string) => {
		for (const mode of ['strict', 'lenient'] as const) {
			expect(parseJson(text, mode)).toEqual(outcomeOf(text, mode));
		}
	};

	it('property: pieces of JSON in any order', () => {
		fc.assert(
			fc.property(fc.array(fc.constantFrom(...HOSTILE), { maxLength: 24 }), pieces => same(pieces.join(''))),
			{ numRuns: 3000 },
		);
	});

	it('property: real JSON, with one unit changed', () => {
		fc.assert(
			fc.property(fc.json(), fc.nat(), fc.constantFrom(...HOSTILE), (text, at, piece) => {
				const place = at % (text.length + 1);
				same(text);
				same(text.slice(0, place) + piece + text.slice(place));
				same(text.slice(0, place) + piece + text.slice(place + 1));
			}),
			{ numRuns: 1500 },
		);
	});

	it('property: objects whose keys come twice, plain and escaped, at any depth', () => {
		const key = fc.constantFrom('a', '\\u0061', 'b', '__proto__', '__\\u0070roto__', '\\\\', '\\"', '');
		const { value } = fc.letrec<{ value: string }>(tie => ({
			value: fc.oneof(
				{ maxDepth: 5 },
				fc.constantFrom('1', '"a"', '"a:"', '[]', '{}', '1e999'),
				fc.array(tie('value'), { maxLength: 3 }).map(items => `[${items.join(' ,')}]`),
				fc
					.array(fc.tuple(key, tie('value')), { maxLength: 4 })
					.map(members => `{${members.map(([name, item]) => `"${name}" : ${item}`).join(',')}}`),
			),
		}));
		fc.assert(fc.property(value, same), { numRuns: 2000 });
	});

	it('depth after a key that comes twice is bounded too', () => {
		const deep = '['.repeat(MAX_JSON_DEPTH + 1) + ']'.repeat(MAX_JSON_DEPTH + 1);
		expect(parseJson(`{"a":1,"a":${deep}}`, 'lenient')).toEqual({ ok: false, problem: { kind: 'too-deep' } });
		expect(parseJson(`{"\u0001":1,"a":${deep}}`, 'lenient')).toEqual({ ok: false, problem: { kind: 'too-deep' } });
	});
});

describe('time of the scanner', () => {
	it.each([
		['quotes that are escaped', `["${'\\"'.repeat(2_000_000)}"]`],
		['backslashes', `["${'\\\\'.repeat(2_000_000)}"]`],
		['an open string of backslashes', `["${'\\'.repeat(4_000_000)}`],
		['short texts', `[${'"",'.repeat(1_000_000)}""]`],
		['blanks before a colon', `{"a"${' '.repeat(4_000_000)}:1}`],
	])('is linear for %s', (_name, text) => {
		parseJson(text.slice(0, text.length / 4), 'strict');
		const from = processorMs();
		parseJson(text, 'strict');
		expect(processorMs() - from).toBeLessThan(5_000);
	});
});
