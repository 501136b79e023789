import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { ANSWER_KEYS } from '../../../src/domain/policy/parseInspection';
import { IDENTITY_KEYS, TERM_KEYS } from '../../../src/domain/policy/parseIdentity';
import { ARG_KEYS, LIMIT_KEYS } from '../../../src/domain/policy/parseConditions';
import { parsePolicy, TOP_KEYS } from '../../../src/domain/policy/parsePolicy';
import { RULE_KEYS } from '../../../src/domain/policy/parseRule';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const page = readFileSync(`${root}docs/policy-reference.md`, 'utf8');
const blocks = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, body = ''], at) => ({
	body,
	title: String(at + 1),
}));

describe('docs/policy-reference.md', () => {
	it('is what npm run docs:policy writes from the schema of today', () => {
		const made = execFileSync(process.execPath, ['scripts/policyReference.mjs', '--print'], {
			cwd: root,
			encoding: 'utf8',
		});
		expect(page).toBe(made);
	});
	it('has a place of its own for every key of the parser', () => {
		const headings = (end: string) =>
			[...page.matchAll(/^### `(\w+)`(.*)$/gm)].flatMap(([, key, rest]) => (rest === end ? [key] : []));
		expect(headings(' at the top').sort()).toEqual([...TOP_KEYS].sort());
		expect(headings('').sort()).toEqual([...RULE_KEYS].sort());
		const rows = [...page.matchAll(/^\| `([\w-]+)`/gm)].map(([, key]) => key);
		const keys = [...ARG_KEYS, ...LIMIT_KEYS, ...IDENTITY_KEYS, ...TERM_KEYS, ...ANSWER_KEYS];
		expect(keys.filter(key => !rows.includes(key))).toEqual([]);
	});
	it('describes each of them', () => {
		const tables = page.slice(page.indexOf('## Conditions of'));
		expect(tables).not.toMatch(/\|\s*\|$/m);
		for (const [, heading, next] of page.matchAll(/^### (.*)\n\n(.*)$/gm)) {
			expect(next, heading).toMatch(/^[A-Z`|]/);
		}
	});
	it.each(blocks)('example $title is right, without a warning', ({ body }) => {
		expect(parsePolicy(body, 'p.yaml').problems).toEqual([]);
	});
	it('shows an example of each rule key', () => {
		expect(blocks.length).toBeGreaterThan(RULE_KEYS.length);
		expect(RULE_KEYS.filter(key => !blocks.some(({ body }) => body.includes(` ${key}:`)))).toEqual([]);
	});
});
