import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { addSuppressions, type WrittenSuppression } from '../../../src/vscode/suppressionEdit';

const ADDED: WrittenSuppression = {
	...{ server: 'docs', rule: 'imperative-to-assistant', until: '2026-12-05T08:00:00Z' },
	reason: 'Its pages are manuals',
};

const PLACES: readonly (readonly [string, string])[] = [
	['an empty text', ''],
	['comments alone', '# mine\n'],
	['no section', 'policy_name: mine\nallow:\n  - filesystem.read # why\n\n# the end\n'],
	['no section and no last line end', 'policy_name: mine\nallow:\n  - filesystem.read'],
	['a section without suppressions', 'inspection: # ours\n  answers:\n    - effect: quote # always\n\nallow: []\n'],
	['a section without value', 'inspection:\nallow: []\n'],
	['an empty section on one line', 'inspection: {} # none\nallow: []\n'],
	['a list without value', 'inspection:\n  suppress: # none yet\n  results:\n    secrets: mask\n'],
	['an empty list on one line', 'inspection:\n    suppress: []\n    results:\n        secrets: mask\n'],
	[
		'a list with entries',
		'inspection:\n  suppress:\n  - server: a # first\n    rule: b\n    until: 2026-12-31\n    reason: >-\n      long\n      text\n\n# next\nallow: []\n',
	],
	['line ends of Windows', 'policy_name: mine\r\ninspection:\r\n  results:\r\n    secrets: mask\r\nallow: []\r\n'],
	['an indented mapping', '  policy_name: mine\n  allow: []\n'],
];

function applied(text: string, added = [ADDED]): string {
	const edit = addSuppressions(text, added);
	expect(edit).toBeDefined();
	const { offset, length, insert, line } = edit!;
	const after = text.slice(0, offset) + insert + text.slice(offset + length);
	expect(after.split('\n')[line - 1]).toMatch(/^ *- server: /);
	return after;
}

describe('addSuppressions', () => {
	it.each([
		['broken YAML', 'allow: [\n'],
		['a list', '- a\n'],
		['a text', 'allow everything\n'],
		['a mapping on one line', '{ policy_name: mine }\n'],
		['a section on one line', 'inspection: { results: { secrets: mask } }\n'],
		['a list on one line', 'inspection:\n  suppress: [{ server: a, rule: b, until: 2026-12-31, reason: c }]\n'],
		['a section that is a text', 'inspection: off\n'],
		['a list that is a mapping', 'inspection:\n  suppress:\n    server: a\n'],
		['the section twice', 'inspection:\n  suppress: []\ninspection:\n  suppress: []\n'],
		['two documents', 'allow: []\n---\nallow: []\n'],
		['an end mark', 'allow: []\n...\n'],
	])('leaves %s to the person', (_what, text) => {
		expect(addSuppressions(text, [ADDED])).toBeUndefined();
	});

	it.each(PLACES)('writes into %s and leaves every other line as it is', (_what, text) => {
		const after = applied(text);
		const { inspection } = parse(after) as { inspection: { suppress: unknown[] } };
		expect(inspection.suppress.at(-1)).toEqual(ADDED);
		const lines = after.split(/\r?\n/);
		const kept = text
			.split(/\r?\n/)
			.map(line => line.replace(/ (?:\[\]|\{\})/, ''))
			.filter(line => line !== '');
		let at = 0;
		for (const line of kept) {
			at = lines.findIndex((each, index) => index >= at && each.replace(/ (?:\[\]|\{\})/, '') === line) + 1;
			expect([line, at]).not.toEqual([line, 0]);
		}
		expect(text.includes('\r\n') ? after.replaceAll('\r\n', '').includes('\n') : after.includes('\r')).toBe(false);
	});

	it.each(PLACES)('writes several into %s with one edit, in their order, behind what is there', (_what, text) => {
		const several = ['first', 'second', 'third'].map(rule => ({ ...ADDED, rule }));
		const { inspection } = parse(applied(text, several)) as { inspection: { suppress: unknown[] } };
		const before = parse(text) as { inspection?: { suppress?: unknown[] } | null } | null;
		expect(inspection.suppress).toEqual([...(before?.inspection?.suppress ?? []), ...several]);
	});

	it('has no edit for none', () => {
		expect(addSuppressions('allow: []\n', [])).toBeUndefined();
	});

	it('adds a second one behind the first', () => {
		const twice = applied(applied('allow: []\n'), [{ ...ADDED, rule: 'other' }]);
		const { inspection } = parse(twice) as { inspection: { suppress: { rule: string }[] } };
		expect(inspection.suppress.map(({ rule }) => rule)).toEqual([ADDED.rule, 'other']);
	});

	it('a hostile name of a server or a reason can add nothing else to the policy', () => {
		const odd = fc.oneof(
			fc.string(),
			fc.string({ unit: 'binary' }),
			fc.constantFrom(
				'x\nallow:\n  - "*"',
				'"',
				"'",
				'- a: b',
				'&a',
				'*a',
				'!t',
				'# c',
				'a: b',
				': ',
				'|',
				'%',
				' ',
			),
		);
		fc.assert(
			fc.property(odd, odd, fc.constantFrom(...PLACES.map(([, text]) => text)), (server, reason, text) => {
				const edit = addSuppressions(text, [{ ...ADDED, server, reason }]);
				if (edit !== undefined) {
					const after = text.slice(0, edit.offset) + edit.insert + text.slice(edit.offset + edit.length);
					const { inspection, ...others } = parse(after) as { inspection: { suppress: unknown[] } };
					expect(inspection.suppress.at(-1)).toEqual({ ...ADDED, server, reason });
					const before = (parse(text) ?? {}) as Record<string, unknown>;
					expect({ ...others, inspection: 0 }).toEqual({ ...before, inspection: 0 });
				}
			}),
		);
	});
});
