import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type JsonObject } from '../../../src/base/json';
import { inEnglish, inRow, type Phrase } from '../../../src/base/phrase';
import { checkLayers } from '../../../src/cli/checkLayers';
import { withComposition, parseComposition } from '../../../src/domain/policy/composition';
import { tighten } from '../../../src/domain/policy/layers';
import { lintAgainst } from '../../../src/domain/policy/lintAgainst';
import { parsePolicy } from '../../../src/domain/policy/parsePolicy';
import { type PolicyProblem } from '../../../src/domain/policy/policy';
import { hoverAt } from '../../../src/domain/policy/policyHover';
import { offersAt } from '../../../src/domain/policy/policyOffers';
import { placeAt } from '../../../src/domain/policy/policyPlace';
import { REPLACED_RULE_KEYS, REPLACED_TOP_KEYS } from '../../../src/domain/policy/replacedKeys';
import { ownershipProblems } from '../../../src/storage/organisationFile';
import { readPolicyFile } from '../../../src/storage/policyFile';
import { sayPhrase } from '../../../src/vscode/say';
import { inGerman } from '../support/inGerman';
import { lacks } from '../support/machine';

const schema = JSON.parse(readFileSync('policies/policy.schema.json', 'utf8')) as JsonObject;
const noPosix = lacks('posix', 'who may write is a mode');
const folder = mkdtempSync(join(tmpdir(), 'mcp-firewall-'));
const unsaid = inGerman(/\{\d+\}|[\s,;:]/g);

afterAll(() => {
	rmSync(folder, { recursive: true });
});

const german = (problems: readonly PolicyProblem[]) =>
	problems.map(({ at, said }) => `${String(at.line)}: ${sayPhrase(said)}`);
const saidOf = (text: string) => german(parsePolicy(text, '/p/policy.yaml').problems);

const SUPPRESSED = `inspection:
  suppress:
    - {server: s, rule: nobodys, until: 2099-01-01, reason: r}
`;

const SECOND = [{ server: 's (web)', tool: 't' }];
const UNMATCHED = `settings:
  deniedServers:
    - {serverUrl: '*books.example/*'}
    - {serverUrl: '*://books.example:443/*'}
    - {serverUrl: 'https:///*'}
`;

/** Policies that have a problem of every code, but for what no text alone can have. */
const EVERY_CODE = [
	...['deny: [', 'deny: 1', 'deny: []\ndeny: []', 'alow: []', 'deny: [Shell]', 'deny: [{capability: }]'],
	...["deny:\n  - {capability: a.b, tools: '['}", 'a: &x 1\nb: *x', 'a: !t 1', "allow: ['*']"],
	...['deny: [{capability: a.b, id: x}, {capability: c.d, id: x}]', 'deny: [{capability: a.b, labels: [x]}]'],
	...['deny: [{capability: a.b, limits: {calls_per_minute: 1}}]', 'deny: [{capability: a.b, until: 2027-01-31}]'],
	...['deny: [{capability: a.b, args: {/x: {range: {min: 2, max: 1}}}}]', 'deny: [a.b]\nallow: [a.b]'],
	...['deny: [a.b, a.b]', 'allow: [a.b, {capability: a.b, limits: {calls_per_minute: 1}}]'],
	...['allow: [a.b]\nrequire_approval: [{capability: a.b, until: 2027-01-31}]'],
	...['deny: [{capability: a.b, args: {/x: {equals: false}}}]', 'allow: [{capability: a.b, until: 2027-01-31}]'],
	...['allow: [{capability: filesystem.read, path_prefix: /etc}]', 'deny: [{capability: a.b, servers: s}]'],
	...[SUPPRESSED, 'allow: [{capability: a.b, instead_of: x}]'],
];

/** Values and keys that mean nothing where they stand, each with its reason. */
const MISUSED = [
	"tools: '@(a)'",
	"tools: '!a'",
	"tools: 'a\\\\b'",
	"tools: '{'",
	"tools: '[]'",
	'paths: x',
	"paths: '/a/b**'",
	"paths: '/a//b'",
	"paths: '/a/${x}'",
	"paths: '/*/../b'",
	`tools: '${'{a,b}'.repeat(20)}'`,
	`tools: ${'a'.repeat(1000)}`,
	"hosts: ':'",
	"hosts: 'a_*.b*'",
	'hosts: a:0',
	"match_regex: '('",
	'instead_of: x',
	'limits: {calls_per_minute: 1}',
	'trust_level: 1',
	'approval: {scopes: x}',
	"args: {/x: {programs: 'a|b'}}",
].flatMap(each =>
	['deny', 'allow', 'require_approval'].map(section => `${section}:\n  - {capability: a.b, ${each}}\n`),
);

describe('what is wrong with a policy, in German', () => {
	it.each<[text: string, ...said: string[]]>([
		['alow: []', '1: „alow“ ist kein Schlüssel in der Richtlinie; meinten Sie „allow“?'],
		[
			'deny:\n  - capability: a.b\n    amount_gt: 3\n',
			"3: „amount_gt“ ist kein Schlüssel in einer Regel: Sagen Sie, welches Argument gemeint ist: args: {'/amount': {range: {min: 100}}}; beide Grenzen zählen mit.",
		],
		[
			'capabilities: {a/b: c.d, a/b: c.d, [x]: c.d}',
			'1: „a/b“ steht zweimal in der Tabelle „capabilities“; führen Sie beide zusammen.',
			'1: Ein Schlüssel in der Tabelle „capabilities“ muss ein einfaches Wort sein.',
		],
		[
			'deny:\n  - {capability: a.b, limits: {calls_per_session: 1, cals_per_minute: 2}}',
			'2: „cals_per_minute“ ist kein Schlüssel in „limits“; meinten Sie „calls_per_minute“?',
		],
		[
			'deny: [{capability: a.b, trust_level: 1}]',
			'1: „trust_level“ gehört nicht hierher: Es ist ein Mindestwert, eine deny-Regel träfe also die Vertrauenswürdigen; setzen Sie es an die allow-Regel.',
		],
		[
			'deny: [{capability: a.b, args: {/x: {max_length: 4000}}}]',
			'1: „max_length“ gehört nicht hierher: Eine deny-Regel gälte für kurze Werte. Setzen Sie es an die allow-Regel, oder schreiben Sie matches: für lange.',
		],
		[
			SUPPRESSED,
			'3: Keine Prüfregel hat die ID „nobodys“, dies unterdrückt also nichts; jeder Befund nennt die ID seiner Regel.',
		],
		[
			'inspection:\n  answers: [{efect: quote}]',
			'2: „efect“ ist kein Schlüssel in einer Regel für Antworten; meinten Sie „effect“?',
		],
		['mode: loud', '1: „mode“ muss enforce oder observe sein.'],
		['composition: on', '1: „composition“ muss off oder require_approval oder deny sein.'],
		['allow:\n  - {capability: a.b, trust_level: 9}', '2: „trust_level“ muss eine ganze Zahl von 0 bis 4 sein.'],
		[
			'deny:\n  - {capability: a.b, args: {}}',
			'2: „args“ muss eine Zuordnung mit JSON-Zeigern wie „/amount“ sein.',
		],
		[
			"deny:\n  - {capability: a.b, tools: 'x{'}",
			'2: „x{“ ist als Glob-Muster nicht brauchbar: Zu einem { fehlt das }.',
		],
		[
			"deny:\n  - {capability: a.b, match_regex: '('}",
			'2: „(“ ist als Muster nicht brauchbar: Es ist kein RE2-Muster; Rückverweise und Umschau (look-around) gibt es nicht.',
		],
		['deny:\n  - {capability: a.b, labels: [secrt]}', '2: „secrt“ ist kein Label; meinten Sie „secret“?'],
		[
			'deny:\n  - filesystem.reed',
			'2: Kein Tool hat die Fähigkeit „filesystem.reed“; meinten Sie „filesystem.read“? Ist es Ihre eigene, nennen Sie sie unter „capabilities:“.',
		],
		['a: &x 1\nb: *x', '2: YAML-Aliase sind nicht zugelassen; schreiben Sie den Wert aus.'],
		[
			'deny: [filesystem.*]\nallow: [filesystem.read]',
			'2: Die deny-Regel in Zeile 1 entscheidet immer vor dieser; fassen Sie jene enger, oder entfernen Sie diese.',
		],
		[
			UNMATCHED,
			'3: „deniedServers“: „*books.example/*“ kann auf keinen Server zutreffen; schreiben Sie „*://*books.example/*“.',
			'4: „deniedServers“: „*://books.example:443/*“ trifft auf keinen Server über https zu, dessen Adressen ohne den üblichen Port verglichen werden; schreiben Sie „https://books.example/*“.',
			'5: „deniedServers“: „https:///*“ kann auf keinen Server zutreffen; schreiben Sie eine Adresse wie „https://HOST/PFAD“, mit * für das, was verschieden sein darf.',
		],
	])('%s', (text, ...said) => {
		expect(saidOf(text)).toEqual(expect.arrayContaining(said));
		expect(unsaid()).toEqual([]);
	});

	it('alone, against what is known outside of it, and in layers', () => {
		const workspace = parsePolicy(
			"allow:\n  - {capability: a.b, tools: [x, 'y z']}\n",
			'/w/.vscode/mcp-firewall.yaml',
		);
		expect(german(lintAgainst(workspace, { pins: [], now: 0 }))).toEqual([
			'2: Kein überprüftes Tool hat die Namen „x“, „y z“, deshalb trifft diese Regel nie zu.',
		]);
		expect(german(tighten(parsePolicy('', 'p'), workspace).problems)).toEqual([
			'2: Diese allow-Regel wirkt nicht: Eine Datei des Arbeitsbereichs verschärft nur, bis Sie genau dieser Datei vertrauen.',
		]);
		const catalogue = parseComposition('compositions: 1', 'c');
		expect(german(withComposition(parsePolicy('composition: deny', 'p'), catalogue).problems)).toEqual([
			'1: „compositions“ muss eine Liste von Regeln sein.',
		]);
		expect(german(readPolicyFile('policy.yaml')?.load.problems ?? [])).toEqual([
			'1: Der Pfad einer Richtlinie muss absolut sein.',
		]);
		expect(unsaid()).toEqual([]);
	});

	it('whatever its code', () => {
		const host = { workspaceFolders: ['/w'], home: '/h', platform: 'posix', caseInsensitivePaths: false } as const;
		const open = join(folder, 'open.yaml');
		writeFileSync(open, '');
		chmodSync(open, 0o666);
		const loads = [...EVERY_CODE, 'a'.repeat(1_048_577)].map(text => parsePolicy(text, '/p'));
		const problems = [
			...loads.flatMap(load => [...load.problems, ...lintAgainst(load, { pins: [], now: 1e13, host })]),
			...lintAgainst(parsePolicy(SUPPRESSED, '/p'), { now: 0 }),
			...lintAgainst(parsePolicy('deny: [{capability: a.b, servers: s}]', '/p'), { pins: SECOND }),
			...parsePolicy(UNMATCHED, '/p').problems,
			...tighten(parsePolicy('', '/p'), parsePolicy('allow: [a.b]', '/w')).problems,
			...ownershipProblems(open, false),
		];
		const codes = [...readFileSync('src/domain/policy/policy.ts', 'utf8').matchAll(/^\t\t\| '([\w-]+)'/gm)];
		expect(codes.length).toBeGreaterThan(20);
		expect(new Set(problems.map(({ code }) => code))).toEqual(
			new Set(codes.map(([, code]) => code).filter(code => code !== 'writable-by-others' || !noPosix)),
		);
		for (const { said } of problems) {
			expect(sayPhrase(said)).not.toBe(inEnglish(said));
		}
		expect(unsaid()).toEqual([]);
	});

	it('stays English on the command line', () => {
		const file = join(folder, 'broken.yaml');
		writeFileSync(file, 'alow: []\n');
		const lines: string[] = [];
		const out = { stdout: (line: string) => lines.push(line), stderr: (line: string) => lines.push(line) };
		const options = { workspacePolicies: [], trustedDigests: [], systemFile: join(folder, 'no-system.yaml') };
		expect(checkLayers(file, { ...options, compositionFile: 'policies/composition.yaml' }, out)).toBe(2);
		expect(lines.join('\n')).toContain(
			"error unknown-key: 'alow' is not a key of the policy; did you mean 'allow'?",
		);
	});

	it('a reason is a sentence of its own behind the colon', () => {
		const reasons = Object.keys(REPLACED_RULE_KEYS).map(key => `deny:\n  - {capability: a.b, ${key}: 1}\n`);
		const said = [
			...reasons,
			...Object.keys(REPLACED_TOP_KEYS).map(key => `${key}: 1`),
			...EVERY_CODE,
			...MISUSED,
		].flatMap(saidOf);
		const behind = said.flatMap(
			each =>
				/^\d+: „[^“]*“ (?:gehört nicht hierher|ist kein Schlüssel [^:;]*|ist als .* nicht brauchbar): (.*)/.exec(
					each,
				)?.[1] ?? [],
		);
		expect(behind.length).toBeGreaterThan(40);
		expect(behind.filter(each => /^[a-zäöü]/.test(each))).toEqual([]);
		expect(unsaid()).toEqual([]);
	});

	it('never reads what the file holds as a placeholder', () => {
		expect(saidOf("'{1}': 1")[0]).toMatch(/^1: „\{1\}“ ist kein Schlüssel in der Richtlinie; bekannt sind/);
	});
});

describe('completion and hover, in German', () => {
	const PINS = [{ server: 'files', tool: 'read_file', capability: 'filesystem.read' }];
	const load = parsePolicy('deny: [filesystem.*]', '/p/p.yaml');
	const at = (text: string) => placeAt(text.replace('¦', ''), text.indexOf('¦'))!;
	const offer = (text: string, label: string, say: (said: Phrase) => string) =>
		offersAt(text.replace('¦', ''), at(text), { schema, pins: PINS, say }).find(each => each.label === label);
	const hover = (text: string, say: (said: Phrase) => string) => hoverAt(at(text), { schema, pins: PINS, load, say });

	it('offers tell what they are', () => {
		expect(offer('deny:\n  - ¦', 'filesystem.read', sayPhrase)).toMatchObject({
			detail: 'Risiko: niedrig, keine Nebenwirkungen',
			about: 'Liest Dateien und Ordner oder listet sie auf.',
		});
		expect(offer('¦', 'deny', sayPhrase)?.about).toMatch(/^Aufrufe, die nie durchgehen\./);
		expect(offer('deny:\n  - labels: ¦', 'secret', sayPhrase)?.about).toMatch(/^Ein Geheimnis wurde gelesen/);
		expect(offer('deny:\n  - hosts: ¦', 'public', sayPhrase)?.about).toBe('Alles im offenen Internet.');
		expect(offer('deny:\n  - servers: ¦', 'files', sayPhrase)?.detail).toBe('1 festgeschriebenes Tool');
		expect(offer('deny:\n  - tools: ¦', 'read_file', sayPhrase)?.detail).toBe('filesystem.read, von files');
		expect(offer('capabilities:\n  ¦', 'files/read_file', sayPhrase)?.detail).toBe('überprüft als filesystem.read');
		expect(unsaid()).toEqual([]);
	});

	it('a hover tells of a capability, a key and a word', () => {
		expect(hover('deny:\n  - filesystem.re¦ad', sayPhrase)).toEqual({
			title: 'filesystem.read',
			about: [
				'Liest Dateien und Ordner oder listet sie auf.',
				'Risiko: niedrig. Sie ändert nichts außerhalb ihrer Antwort.',
			],
			lists: [
				{ heading: 'So eingestufte festgeschriebene Tools', items: ['files: read_file'], more: 0 },
				{ heading: 'Geltende Regeln, die sie betreffen', items: ['deny: deny[0] (p.yaml:1)'], more: 0 },
			],
		});
		expect(hover('deny:\n  - filesystem.ree¦d', sayPhrase)?.about[0]).toMatch(/Meinten Sie `filesystem\.read`\?$/);
		expect(hover('mo¦de: enforce', sayPhrase)?.about[0]).toMatch(/^`observe` lässt alles durch/);
		expect(hover('deny:\n  - labels: sec¦ret', sayPhrase)?.about).toHaveLength(2);
		expect(unsaid()).toEqual([]);
	});

	it('in English to whoever reads that', () => {
		expect(offer('deny:\n  - ¦', 'filesystem.read', inEnglish)?.detail).toBe('low risk, no side effects');
		expect(hover('mo¦de: enforce', inEnglish)?.about[0]).toMatch(/^`observe` lets everything pass/);
	});
});

describe('inRow', () => {
	it('lists words and phrases, whatever they hold', () => {
		expect(inEnglish(inRow(['{1}', 2, inRow(['a', 'b'], '; ')]))).toBe('{1}, 2, a; b');
	});
});
