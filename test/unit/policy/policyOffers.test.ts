import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type JsonObject } from '../../../src/base/json';
import { inEnglish } from '../../../src/base/phrase';
import { ENFORCEMENT_MODES } from '../../../src/domain/identity/enforcementMode';
import { type PinnedTool } from '../../../src/domain/policy/capabilityFacts';
import { KNOWN_CAPABILITIES } from '../../../src/domain/policy/knownCapabilities';
import { IDENTITY_KEYS, TERM_KEYS } from '../../../src/domain/policy/parseIdentity';
import { parsePolicy, TOP_KEYS } from '../../../src/domain/policy/parsePolicy';
import { hoverAt } from '../../../src/domain/policy/policyHover';
import { offersAt } from '../../../src/domain/policy/policyOffers';
import { placeAt } from '../../../src/domain/policy/policyPlace';
import { SESSION_LABELS } from '../../../src/domain/policy/sessionLabel';

const schema = JSON.parse(
	readFileSync(new URL('../../../policies/policy.schema.json', import.meta.url), 'utf8'),
) as JsonObject;
const PINS: readonly PinnedTool[] = [
	{ server: 'files', tool: 'read_text_file', capability: 'filesystem.read' },
	{ server: 'files', tool: 'write_file', capability: 'filesystem.write' },
	{ server: 'web', tool: 'fetch page: $1', capability: 'network.request' },
	{ server: 'web', tool: 'no', capability: 'crm.update' },
	{ server: 'web', tool: 'wild*', capability: 'unknown' },
];
const offers = (text: string, pins = PINS) => {
	const offset = text.indexOf('¦');
	const written = text.replace('¦', '');
	const place = placeAt(written, offset);
	return place === undefined ? [] : offersAt(written, place, { schema, pins, say: inEnglish });
};
const labels = (text: string) => offers(text).map(({ label }) => label);
/** The text after the offer was taken. */
const taken = (text: string, label: string, pins = PINS) => {
	const offset = text.indexOf('¦');
	const written = text.replace('¦', '');
	const place = placeAt(written, offset)!;
	const offer = offersAt(written, place, { schema, pins, say: inEnglish }).find(each => each.label === label);
	return offer && written.slice(0, place.from) + offer.insert + written.slice(place.to);
};

const toolsOf = (text: string) => (parse(text) as { deny: { tools: unknown }[] }).deny[0]?.tools;

describe('the section identity', () => {
	it('offers its keys, its terms at every place, modes, levels and truth values', () => {
		expect(labels('identity:\n  ¦')).toEqual([...IDENTITY_KEYS]);
		expect(labels('identity:\n  servers:\n    files:\n      ¦')).toEqual([...TERM_KEYS]);
		expect(labels('identity:\n  tools:\n    files/x: {¦}')).toEqual([...TERM_KEYS]);
		expect(labels('identity:\n  mode: ¦')).toEqual([...ENFORCEMENT_MODES]);
		expect(labels('identity:\n  min_trust_level: ¦')).toEqual(['0', '1', '2', '3', '4']);
		expect(labels('identity:\n  require_badge: ¦')).toEqual(['true', 'false']);
	});
	it('offers names of reviewed servers, tools and capabilities as patterns, none with a meaning in globs', () => {
		expect(labels('identity:\n  servers:\n    ¦')).toEqual(['files', 'web']);
		expect(labels('identity:\n  servers:\n    files: {require_badge: true}\n    ¦')).toEqual(['web']);
		expect(labels('identity:\n  capabilities:\n    ¦')).toEqual(
			expect.arrayContaining([...KNOWN_CAPABILITIES, 'crm.update', 'crm.*', '*']),
		);
		const tools = labels('identity:\n  tools:\n    ¦');
		expect(tools).toEqual(expect.arrayContaining(['files/write_file', 'web/no']));
		expect(tools).not.toContain('web/wild*');
		expect(labels('identity:\n  allowed_tools: [¦]')).toContain('read_text_file');
		expect(labels('identity:\n  denied_tools:\n    - ¦')).toContain('write_file');
	});
	it('what is taken parses', () => {
		const server = taken('identity:\n  servers:\n    ¦', 'files');
		expect(server).toBe('identity:\n  servers:\n    files:\n  ');
		expect(taken('identity:\n  tools:\n    ¦: {require_badge: true}', 'web/no')).toContain('web/no: {require');
		const any = taken('identity:\n  capabilities:\n    ¦: {require_badge: true}', '*') ?? '';
		expect(parsePolicy(any, 'p').problems).toEqual([]);
	});
	it('tells what its keys mean, and what a capability is', () => {
		const about = (text: string) => {
			const place = placeAt(text.replace('¦', ''), text.indexOf('¦'))!;
			return hoverAt(place, { schema, pins: PINS, load: parsePolicy('allow: [a.b]\n', 'p'), say: inEnglish });
		};
		expect(about('identity:\n  min_trust¦_level: 2')?.about[0]).toContain('least level');
		expect(about('identity:\n  servers:\n    files: {require_¦badge: true}')?.about[0]).toContain(
			'badge that holds',
		);
		expect(about('identity:\n  mode: obs¦erve')?.about[0]).toContain('observe');
		expect(about('identity:\n  servers:\n    fi¦les: {require_badge: true}')).toBeUndefined();
		expect(about('identity:\n  capabilities:\n    filesystem.wr¦ite: {require_badge: true}')?.title).toBe(
			'filesystem.write',
		);
	});
});

describe('offersAt', () => {
	it('offers the keys that may stand here, without those that do', () => {
		expect(labels('¦')).toEqual([...TOP_KEYS]);
		expect(labels('mode: enforce\n¦')).not.toContain('mode');
		const allow = labels('allow:\n  - capability: a.b\n    ¦');
		expect(allow).toEqual(expect.arrayContaining(['path_prefix', 'servers', 'trust_level', 'limits']));
		expect(allow).not.toContain('capability');
		expect(allow).not.toContain('match_regex');
		expect(labels('deny:\n  - capability: a.b\n    ¦')).toContain('match_regex');
		expect(labels('deny:\n  - args:\n      /x:\n        ¦')).toContain('max_length');
		expect(labels('allow:\n  - limits:\n      ¦')).toContain('calls_per_minute');
	});

	it('offers capabilities, known and pinned, and groups where a rule may name them', () => {
		for (const text of ['deny:\n  - capability: ¦', 'deny:\n  - ¦', 'deny:\n  - {capability: ¦}']) {
			expect(labels(text), text).toEqual(
				expect.arrayContaining([...KNOWN_CAPABILITIES, 'crm.update', 'crm.*', 'shell.*', '*']),
			);
			expect(labels(text), text).not.toContain('unknown');
		}
		const table = labels('capabilities:\n  a/b: ¦');
		expect(table).toContain('crm.update');
		expect(table.filter(label => label.includes('*'))).toEqual([]);
	});

	it('offers pinned servers, and the tools of the servers that the rule names', () => {
		expect(labels('deny:\n  - servers: ¦')).toEqual(['files', 'web']);
		expect(labels('deny:\n  - servers: [files, ¦]')).toEqual(['web']);
		expect(labels('deny:\n  - tools: ¦')).toEqual(['read_text_file', 'write_file', 'fetch page: $1', 'no']);
		expect(labels('deny:\n  - servers: file?\n    tools: [¦]')).toEqual(['read_text_file', 'write_file']);
		expect(labels('deny:\n  - tool_name: ¦\n    servers: [web]')).toEqual(['fetch page: $1', 'no']);
		expect(labels('capabilities:\n  ¦')).toContain('files/write_file');
	});

	it('offers the words of closed lists', () => {
		expect(labels('mode: ¦')).toEqual(['enforce', 'observe']);
		expect(labels('composition: o¦')).toEqual(['off', 'require_approval', 'deny']);
		expect(labels('allow:\n  - labels: [secret, ¦]')).toEqual(SESSION_LABELS.filter(label => label !== 'secret'));
		expect(labels('allow:\n  - hosts:\n      - ¦')).toEqual([
			'private',
			'link-local',
			'loopback',
			'public',
			'metadata',
		]);
		expect(labels('allow:\n  - trust_level: ¦')).toEqual(['0', '1', '2', '3', '4']);
		expect(labels('require_approval:\n  - approval: {scopes: [¦]}')).toEqual([
			'once',
			'session',
			'hour',
			'workspace',
		]);
	});

	it('writes what the parser reads back as the same word', () => {
		expect(parse(taken('deny:\n  - capability: ¦', '*')!)).toEqual({ deny: [{ capability: '*' }] });
		expect(taken('deny:\n  - capability: fil¦es\n', 'filesystem.read')).toBe(
			'deny:\n  - capability: filesystem.read\n',
		);
		expect(taken('deny:\n  - cap¦: a.b', 'capability')).toBe('deny:\n  - capability: a.b');
		expect(taken("deny:\n  - servers: '¦'", 'web')).toBe("deny:\n  - servers: 'web'");
		expect(taken("deny:\n  - tools: '¦'", 'fetch page: $1')).toBeUndefined();
		expect(taken('deny:\n  ¦', '- capability')).toBe('deny:\n  - capability: ');
		expect(parsePolicy(`${taken('¦', 'deny')!}shell.*`, 'p').policy?.rules).toHaveLength(1);
	});

	it('a name of a server or tool can bring nothing else into the policy', () => {
		const name = fc.string({ unit: 'binary', minLength: 1, maxLength: 30 });
		fc.assert(
			fc.property(name, tool => {
				const pins = [{ server: 's', tool, capability: 'a.b' }];
				const text = taken('deny:\n  - tools: [¦]', tool, pins);
				expect(text === undefined ? [tool] : toolsOf(text)).toEqual([tool]);
				const value = taken('deny:\n  - tools: ¦\n    id: x', tool, pins);
				expect(value === undefined ? tool : toolsOf(value)).toBe(tool);
			}),
			{ numRuns: 500 },
		);
	});
});

describe('hoverAt', () => {
	const load = parsePolicy(
		'deny:\n  - filesystem.*\nallow:\n  - {capability: filesystem.read, id: reads}\n',
		'p.yaml',
	);
	const hover = (text: string, inForce = load) => {
		const place = placeAt(text.replace('¦', ''), text.indexOf('¦'));
		return place && hoverAt(place, { schema, pins: PINS, load: inForce, say: inEnglish });
	};

	it('a capability: meaning, risk, side effects, pinned tools, rules in force', () => {
		expect(hover('allow:\n  - capability: filesystem.wr¦ite')).toEqual({
			title: 'filesystem.write',
			about: ['Creates, changes, moves or renames files and folders.', 'Risk: medium. It has side effects.'],
			lists: [
				{ heading: 'Pinned tools that count as this', items: ['files: write_file'], more: 0 },
				{ heading: 'Rules in force that speak of it', items: ['deny: deny[0] (p.yaml:2)'], more: 0 },
			],
		});
		expect(hover('deny:\n  - shell.ex¦ecute')?.about).toEqual([
			'Runs programs or commands on this machine, and with them anything else.',
			'Risk: high. It has side effects.',
			'No pinned tool counts as this.',
			'No rule of the policy in force speaks of it, so it is denied.',
		]);
		expect(hover('deny:\n  - compute.r¦un')?.about[1]).toBe('Risk: low. It changes nothing outside of its answer.');
		expect(hover('deny:\n  - ¦filesystem.*')?.lists[1]?.items).toHaveLength(2);
		expect(hover("deny:\n  - '¦*'")?.about[1]).toBe('Risk: high. It has side effects.');
	});

	it('a capability that nobody knows, and one that is probably another', () => {
		expect(hover('deny:\n  - filesystem.raed¦')?.about[0]).toContain('Did you mean `filesystem.read`?');
		expect(hover('deny:\n  - crm.update¦')?.about.slice(0, 2)).toEqual([
			expect.stringContaining('No capability of the product'),
			'Risk: medium. It has side effects.',
		]);
		expect(hover('deny:\n  - crm.*¦')?.about[1]).toContain('Risk: high');
		expect(hover('deny:\n  - Not One¦')).toBeUndefined();
		const broken = parsePolicy('deny: {', 'p.yaml');
		expect(hover('deny:\n  - a.b¦', broken)?.about.at(-1)).toContain('has an error');
	});

	it('keys and closed values, in the words of the schema', () => {
		const properties = schema.properties as Readonly<Record<string, { readonly description: string }>>;
		expect(hover('comp¦osition: deny')?.about).toEqual([properties.composition?.description]);
		expect(hover('methods: str¦ict')?.about).toEqual([properties.methods?.description]);
		expect(hover('allow:\n  - trust_l¦evel: 2')?.about[0]).toMatch(/^The least level of trust/);
		expect(hover('allow:\n  - hosts: [loop¦back]')?.about[0]).toMatch(/^This machine itself/);
		expect(hover('deny:\n  - labels: [untru¦sted]')?.about).toEqual([
			expect.stringMatching(/^Text from outside/),
			expect.stringMatching(/^What the session has touched/),
		]);
		expect(hover('deny:\n  - lab¦els: []')?.about[0]).toMatch(/^What the session has touched/);
	});

	it('nothing for what is the author’s own, unknown, or no word', () => {
		expect(hover('nonsense¦: 1')).toBeUndefined();
		expect(hover('deny:\n  - args:\n      /am¦ount: {equals: 1}')).toBeUndefined();
		expect(hover('capabilities:\n  a/¦b: c.d')).toBeUndefined();
		expect(hover('deny:\n  - ¦\n')).toBeUndefined();
		expect(hover('deny: [] # shell.exec¦ute')).toBeUndefined();
		expect(hover('__proto__¦: 1')).toBeUndefined();
	});

	it('long lists are cut and say so', () => {
		const many = Array.from({ length: 30 }, (_, n) => ({ server: 's', tool: `t${String(n)}`, capability: 'a.b' }));
		const place = placeAt('deny:\n  - a.b', 11)!;
		expect(hoverAt(place, { schema, pins: many, load, say: inEnglish })?.lists[0]).toMatchObject({ more: 22 });
	});
});
