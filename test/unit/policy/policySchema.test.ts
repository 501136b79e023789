import { readdirSync, readFileSync } from 'node:fs';
import Ajv from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { ENFORCEMENT_MODES } from '../../../src/domain/identity/enforcementMode';
import { isCapability } from '../../../src/domain/policy/capabilityName';
import { HOST_CLASSES } from '../../../src/domain/policy/hostClass';
import { KNOWN_CAPABILITIES } from '../../../src/domain/policy/knownCapabilities';
import { ARG_KEYS, LIMIT_KEYS, SCOPES } from '../../../src/domain/policy/parseConditions';
import { IDENTITY_KEYS, TERM_KEYS } from '../../../src/domain/policy/parseIdentity';
import { LOCK_KEYS, LOCKS } from '../../../src/domain/policy/organisationLocks';
import { parsePolicy, TOP_KEYS } from '../../../src/domain/policy/parsePolicy';
import { RULE_KEYS } from '../../../src/domain/policy/parseRule';
import { SESSION_LABELS } from '../../../src/domain/policy/sessionLabel';
import { EVERYTHING, EXAMPLES } from './examples';

const at = (path: string) => new URL(`../../../${path}`, import.meta.url);
const text = (path: string) => readFileSync(at(path), 'utf8');

interface Shape {
	readonly properties: Readonly<Record<string, Shape>>;
	readonly definitions: Readonly<Record<string, Shape>>;
	readonly oneOf: readonly Shape[];
	readonly enum: readonly string[];
	readonly items: Shape;
	readonly description?: string;
	readonly examples?: readonly string[];
}
const schema = JSON.parse(text('policies/policy.schema.json')) as Shape;
const validate = new Ajv({ allowUnionTypes: true }).compile(schema);
const keys = (shape: Shape | undefined) => Object.keys(shape?.properties ?? {}).sort();
const rule = (effect: string) => schema.definitions[`${effect}_rule`]?.oneOf[1];

const POLICIES = [
	...['balanced', 'strict', 'observe'].map(name => `policies/${name}.yaml`),
	...readdirSync(at('test/fixtures/policies')).map(name => `test/fixtures/policies/${name}`),
];

describe('policy.schema.json', () => {
	it('refuses what the parser refuses', () => {
		for (const wrong of [
			{ alow: [] },
			{ mode: 'blokc' },
			{ composition: 'on' },
			{ deny: [{ path_prefix: '/etc' }] },
			{ deny: [{ capability: 'Shell' }] },
			{ deny: [{ capability: 'a.b', path_prefix: ['/etc'] }] },
			{ deny: [{ capability: 'a.b', limits: { calls_per_minute: 1 } }] },
			{ allow: [{ capability: 'a.b', match_regex: 'x' }] },
			{ allow: [{ capability: 'a.b', approval: { timeout: 5 } }] },
			{ allow: [{ capability: 'a.b', instead_of: ['require_approval[0]'] }] },
			{ require_approval: [{ capability: 'a.b', instead_of: ['x'] }] },
			{ allow: [{ capability: 'a.b', args: { amount: { equals: 1 } } }] },
			{ allow: [{ capability: 'a.b', args: { '/amount': { amount_gt: 1 } } }] },
			{ allow: [{ capability: 'a.b', labels: ['secrets'] }] },
			{ allow: [{ capability: 'a.b', trust_level: 5 }] },
			{ allow: [{ capability: 'a.b', until: 'tomorrow' }] },
			{ identity: [] },
			{ identity: { mode: 'warn' } },
			{ identity: { min_level: 2 } },
			{ identity: { min_trust_level: 5 } },
			{ identity: { min_trust_level: '-1' } },
			{ identity: { min_trust_level: 1.5 } },
			{ identity: { require_badge: 'yes' } },
			{ identity: { allowed_tools: [1] } },
			{ identity: { servers: { a: {} } } },
			{ identity: { servers: { a: { mode: 'strict' } } } },
			{ identity: { capabilities: { Shell: { require_badge: true } } } },
			{ settings: [] },
			{ settings: { presets: 'strict' } },
			{ settings: { preset: 'mild' } },
			{ settings: { policyFile: true } },
			{ settings: { policyFile: 'policy.yaml' } },
			{ settings: { approvalTimeout: 5 } },
			{ settings: { approvalTimeout: '60' } },
			{ settings: { notices: 'yes' } },
			{ settings: { 'audit.otlpEndpoint': 'file:///etc/passwd' } },
			{ settings: { 'audit.retentionDays': -1 } },
			{ settings: { 'identity.trustedIssuers': {} } },
			{ settings: { 'breakGlass.keys': 'none' } },
			{ settings: { 'grants.maxHours': 0 } },
			{ settings: { releaseWithheld: null } },
			{ settings: { allowedServers: 'notes' } },
			{ settings: { allowedServers: ['notes'] } },
			{ settings: { allowedServers: [{ serverName: 'a', serverUrl: 'https://a/' }] } },
			{ settings: { deniedServers: [{ serverCommand: 'npx evil' }] } },
			{ identity: { tools: { delete_file: { require_badge: true } } } },
		]) {
			expect(validate(wrong), JSON.stringify(wrong)).toBe(false);
			expect(parsePolicy(JSON.stringify(wrong), 'p.yaml').policy, JSON.stringify(wrong)).toBeUndefined();
		}
	});
	it.each(POLICIES)('accepts %s', path => {
		expect(validate(parse(text(path))), JSON.stringify(validate.errors)).toBe(true);
	});
	it.each([...EXAMPLES, ['everything', EVERYTHING] as const])('accepts the example: %s', (_title, example) => {
		const codes = parsePolicy(example, 'p.yaml').problems.map(({ code }) => code);
		expect(codes).toEqual([]);
		expect(validate(parse(example)), JSON.stringify(validate.errors)).toBe(true);
	});
	it('has the keys and words of the parser', () => {
		expect(keys(schema)).toEqual([...TOP_KEYS].sort());
		const all = new Set(['deny', 'require_approval', 'allow'].flatMap(effect => keys(rule(effect))));
		expect([...all].sort()).toEqual([...RULE_KEYS].sort());
		const identity = schema.properties.identity?.oneOf[1];
		expect(keys(identity)).toEqual([...IDENTITY_KEYS].sort());
		expect(identity?.properties.mode?.enum).toEqual(ENFORCEMENT_MODES);
		const settings = schema.properties.settings?.oneOf[1];
		expect(keys(settings)).toEqual([...LOCK_KEYS].sort());
		for (const [key, lock] of Object.entries(LOCKS)) {
			const words = 'words' in lock ? lock.words : undefined;
			expect(settings?.properties[key]?.enum, key).toEqual(key === 'policyFile' ? undefined : words);
			expect(settings?.properties[key]?.description, key).toBeDefined();
		}
		expect(keys(schema.definitions.identity_terms)).toEqual([...TERM_KEYS].sort());
		expect(keys(schema.definitions.argument)).toEqual([...ARG_KEYS].sort());
		const approvals = rule('require_approval')?.properties;
		expect(keys(approvals?.limits)).toEqual([...LIMIT_KEYS].sort());
		expect(approvals?.labels?.oneOf[0]?.enum).toEqual(SESSION_LABELS);
		expect(approvals?.approval?.properties.scopes?.oneOf[0]?.enum).toEqual(SCOPES);
		expect(HOST_CLASSES.every(name => approvals?.hosts?.description?.includes(`\`${name}\``))).toBe(true);
	});
	it('offers capabilities that tools have', () => {
		const offered = schema.definitions.capability?.examples?.filter(isCapability) ?? [];
		expect(offered.length).toBeGreaterThan(10);
		expect(offered.filter(name => !KNOWN_CAPABILITIES.includes(name))).toEqual([]);
	});
	it('describes every key', () => {
		for (const effect of ['deny', 'require_approval', 'allow']) {
			for (const [key, shape] of Object.entries(rule(effect)?.properties ?? {})) {
				expect(shape.description ?? ('$ref' in shape ? 'by reference' : undefined), key).toBeDefined();
			}
		}
	});
});
