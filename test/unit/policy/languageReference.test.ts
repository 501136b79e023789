import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type JsonValue } from '../../../src/base/json';
import { SESSION_KEYS } from '../../../src/domain/policy/caseSession';
import { HOST_CLASSES, hostClassMeaning } from '../../../src/domain/policy/hostClass';
import { capabilityMeaning, KNOWN_CAPABILITIES } from '../../../src/domain/policy/knownCapabilities';
import { ARG_KEYS, LIMIT_KEYS, SCOPES } from '../../../src/domain/policy/parseConditions';
import { IDENTITY_KEYS } from '../../../src/domain/policy/parseIdentity';
import { LOCK_KEYS } from '../../../src/domain/policy/organisationLocks';
import { parsePolicy, TOP_KEYS } from '../../../src/domain/policy/parsePolicy';
import { RULE_KEYS } from '../../../src/domain/policy/parseRule';
import { parseFixture } from '../../../src/domain/policy/policyFixture';
import { PROTECTED_PLACES } from '../../../src/domain/policy/protectedPlaces';
import { labelMeaning, SESSION_LABELS } from '../../../src/domain/policy/sessionLabel';
import { runCases } from '../../../src/firewall/policyCases';
import { judged } from './judge';
import { disk, HOST, HOMELESS } from './support';

const text = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');
const page = text('policies/README.md');

/** Rows of all tables, cells without the spaces that only align them. */
const rows = page
	.split('\n')
	.filter(line => line.startsWith('|'))
	.map(line =>
		line
			.slice(1, -1)
			.split(' | ')
			.map(cell => cell.trim()),
	);
const hasRow = (...cells: readonly (string | undefined)[]) =>
	rows.some(row => cells.every((cell, at) => cell === row[at]));

/** The text below a heading, up to the next of the same rank or above. */
function section(heading: string): string {
	const [, after = ''] = page.split(`\n${heading}\n`);
	return after.split(heading.startsWith('###') ? /\n#{2,3} / : /\n## /)[0] ?? '';
}

const blocks = [...page.matchAll(/```yaml\n(# (policy|fixture)\n[\s\S]*?)```/g)].map(
	([, body = '', kind = ''], at) => ({ body, kind, title: `${kind} ${String(at + 1)}` }),
);
const ofKind = (kind: string) => blocks.filter(block => block.kind === kind);
const rulesIn = (source: string): readonly unknown[] =>
	Object.values(parse(source) as Readonly<Record<string, unknown>>)
		.filter(value => Array.isArray(value))
		.flat();

/** Every key that the schema knows anywhere. */
function schemaKeys(shape: JsonValue | undefined): readonly string[] {
	if (Array.isArray(shape)) {
		return shape.flatMap(schemaKeys);
	}
	if (typeof shape !== 'object' || shape === null) {
		return [];
	}
	return Object.entries(shape).flatMap(([key, value]) => [
		...(key === 'properties' ? Object.keys(value as object) : []),
		...schemaKeys(value),
	]);
}

describe('policies/README.md, the reference of the language', () => {
	it('names every key of the schema', () => {
		const keys = [...new Set(schemaKeys(JSON.parse(text('policies/policy.schema.json')) as JsonValue))];
		expect(keys.length).toBeGreaterThan(35);
		expect(keys.filter(key => !page.includes(`\`${key}\``))).toEqual([]);
	});
	it('has a row for each key at the top, each condition on an argument and each key of a case', () => {
		const top = section('## Top-level keys');
		expect(TOP_KEYS.filter(key => !top.includes(`\n| \`${key}\``))).toEqual([]);
		const args = section('### `args`');
		expect(ARG_KEYS.filter(key => !args.includes(`\n| \`${key}\``))).toEqual([]);
		const identity = section('## Identity');
		expect(IDENTITY_KEYS.filter(key => !identity.includes(`\n| \`${key}\``))).toEqual([]);
		const settings = section('## Settings');
		expect(LOCK_KEYS.filter(key => !settings.includes(`\n| \`${key}\``))).toEqual([]);
		const fixtures = section('## Fixtures');
		const cases = [
			'name',
			'server',
			'tool',
			'expect',
			'arguments',
			'capability',
			'rule',
			'reason',
			...SESSION_KEYS,
		];
		expect(cases.filter(key => !fixtures.includes(`\n| \`${key}\``))).toEqual([]);
	});
	it('names every key that a case of a fixture takes', () => {
		const wrong = 'policy: {}\ncases: [{nonsense: 1}]';
		const known = /known keys are (.*)$/.exec(errorOf(() => parseFixture(wrong, 'f')))?.[1]?.split(', ') ?? [];
		expect(known.length).toBeGreaterThan(10);
		expect(known.filter(key => !section('## Fixtures').includes(`\n| \`${key}\``))).toEqual([]);
	});
	it.each(RULE_KEYS)('has a section for the rule key %s, and an example that uses it', key => {
		expect(section(`### \`${key}\``).trim()).not.toBe('');
		const used = blocks
			.filter(({ kind }) => kind !== 'fixture')
			.flatMap(({ body }) => rulesIn(body))
			.some(rule => typeof rule === 'object' && rule !== null && key in rule);
		expect(used || ofKind('fixture').some(({ body }) => body.includes(`${key}:`))).toBe(true);
	});
	it.each([
		['### `limits`', LIMIT_KEYS],
		['### `approval`', SCOPES],
	] as const)('says all words of %s', (heading, words) => {
		expect(words.filter(word => !section(heading).includes(`\`${word}\``))).toEqual([]);
	});
	it.each(KNOWN_CAPABILITIES)('has the capability %s with what it means', name => {
		expect(hasRow(`\`${name}\``, capabilityMeaning(name))).toBe(true);
	});
	it.each(SESSION_LABELS)('has the label %s with what it means', name => {
		expect(hasRow(`\`${name}\``, labelMeaning(name))).toBe(true);
	});
	it.each(HOST_CLASSES)('has the class %s with what it means', name => {
		expect(hasRow(`\`${name}\``, hostClassMeaning(name))).toBe(true);
	});
	it.each(PROTECTED_PLACES)('has the protected group $id with what it does', group => {
		const word = (effect: string | undefined) => (effect === undefined ? '' : effect === 'deny' ? 'deny' : 'ask');
		const { id, reason, read, write, inWorkspace } = group;
		expect(hasRow(`\`${id}\``, reason, word(read), word(write), word(inWorkspace ?? write))).toBe(true);
	});
	it('names the groups that treat commands in their own way', () => {
		const about = section('## Protected places').split('\n|')[0] ?? '';
		for (const { id } of PROTECTED_PLACES.filter(({ program }) => program !== undefined)) {
			expect(about).toContain(`\`${id}\``);
		}
	});
	it('names no label, capability, class or group that is not there', () => {
		const first = (heading: string) => [...section(heading).matchAll(/^\| `([^`]+)`/gm)].map(([, name]) => name);
		expect(first('## Capabilities')).toEqual(KNOWN_CAPABILITIES);
		expect(first('### `labels`')).toEqual(SESSION_LABELS);
		expect(first('### `hosts`')).toEqual(HOST_CLASSES);
		expect(first('## Protected places')).toEqual(PROTECTED_PLACES.map(({ id }) => id));
		expect(first('## Top-level keys')).toEqual(TOP_KEYS);
		expect([...page.matchAll(/^### `(\w+)`$/gm)].map(([, name]) => name).sort()).toEqual([...RULE_KEYS].sort());
	});
	it('marks each block of YAML as what it is', () => {
		expect(blocks).toHaveLength(page.match(/```yaml/g)?.length ?? 0);
		expect(ofKind('policy').length).toBeGreaterThan(15);
	});
	it.each(ofKind('policy'))('$title is right, without a warning', ({ body }) => {
		expect(parsePolicy(body, 'p.yaml').problems).toEqual([]);
	});
	it.each(ofKind('fixture'))('$title: every case comes out as it says', async ({ body }) => {
		const { policy, cases } = parseFixture(body, 'f.yaml');
		const load = parsePolicy(policy.kind === 'text' ? policy.text : '', 'p.yaml');
		expect(load.problems).toEqual([]);
		const outcomes = await runCases(load, cases, HOST, { paths: disk(), now: Date.UTC(2027, 0, 1) });
		expect(outcomes.map(({ name, ok }) => [name, ok])).toEqual(cases.map(({ name }) => [name, true]));
	});
});

describe('what the reference says of places that this machine does not have', () => {
	const rule = (effect: string, place: string) => `${effect}:\n  - {capability: a.b, path_prefix: '${place}'}\n`;
	const call = (host: typeof HOST) => ({ capability: 'a.b', arguments: { path: '/x/y' }, host });
	it('without an open folder ${workspaceFolder} holds for no path', async () => {
		const closed = { ...HOST, workspaceFolders: [] };
		const denied = await judged(`${rule('deny', '${workspaceFolder}')}allow: [a.b]\n`, call(closed));
		expect(denied.effect).toBe('allow');
		expect((await judged(rule('allow', '${workspaceFolder}'), call(closed))).effect).toBe('deny');
	});
	it('without a home ~ cannot be told, which denies', async () => {
		for (const effect of ['deny', 'require_approval']) {
			const verdict = await judged(`${rule(effect, '~/x')}allow: [a.b]\n`, call(HOMELESS));
			expect(verdict).toMatchObject({ effect: 'deny', reason: 'rule_error' });
		}
		expect((await judged(rule('allow', '~/x'), call(HOMELESS))).reason).toBe('policy_default_deny');
	});
});

function errorOf(run: () => unknown): string {
	try {
		run();
	} catch (error) {
		return error instanceof Error ? error.message : '';
	}
	return '';
}
