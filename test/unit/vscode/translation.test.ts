import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { afterEach, describe, expect, it } from 'vitest';
import { commandIds } from '../../../src/vscode/contributions';
import { fillIn, say, sayCount, speakWith } from '../../../src/vscode/say';

type Texts = Readonly<Record<string, string>>;

const root = process.cwd();
const read = (...path: string[]) => JSON.parse(readFileSync(join(root, ...path), 'utf8')) as Texts;
const english = read('package.nls.json');
const german = read('package.nls.de.json');
const bundle = read('l10n', 'bundle.l10n.de.json');
const ignore = readFileSync(join(root, '.vscodeignore'), 'utf8');

/** The same word in both languages. */
const SAME = new Set(['MCP Firewall', 'MCP', 'Start', 'Server: {0}', 'Tool: {0}', '{0} h {1} min', '{0} min']);

/** What a translation must not change: placeholders, code, links, commands, settings. */
function fixed(text: string): readonly string[] {
	const found = [
		...text.matchAll(/\{\d+\}/g),
		...text.matchAll(/`[^`]*`/g),
		...text.matchAll(/\]\(([^)]*)\)/g),
		...text.matchAll(/RFC-\d+/g),
		...text.matchAll(/\$\([\w-]+\)/g),
		...text.matchAll(/…\]|…$/g),
	];
	return found.map(([all, inner]) => inner ?? all).sort();
}

describe('package.nls.de.json', () => {
	it('has a text for every key, and for no other', () => {
		expect(Object.keys(german).sort()).toEqual(Object.keys(english).sort());
	});

	it.each(Object.keys(english))('%s: the same placeholders, code, links and ellipses; not left in English', key => {
		const [en, de] = [english[key] ?? '', german[key] ?? ''];
		expect(fixed(de)).toEqual(fixed(en));
		expect(de.trim()).not.toBe('');
		expect(de === en && !SAME.has(en)).toBe(false);
		expect(de.split('\n').length).toBe(en.split('\n').length);
	});

	it('names commands by the titles that they have in German', () => {
		const titles = Object.keys(commandIds).map(name => german[`command.${name}`]);
		const named = Object.values(german).flatMap(text => [...text.matchAll(/\*\*MCP Firewall: (.+?)\*\*/g)]);
		expect(named.length).toBeGreaterThan(0);
		expect(named.map(([, title]) => title).filter(title => !titles.includes(title))).toEqual([]);
		for (const [text, label, id] of Object.values(german).flatMap(each => [
			...each.matchAll(/\[([^\]]+)\]\(command:mcpFirewall\.(\w+)\)/g),
		])) {
			expect([text, label]).toEqual([text, german[`command.${id ?? ''}`]]);
		}
	});

	it('is shipped, and so is the bundle', () => {
		expect(ignore).toContain('!package.nls.de.json\n');
		expect(ignore).toContain('!l10n/bundle.l10n.de.json\n');
		expect(read('package.json').l10n).toBe('./l10n');
	});
});

describe('l10n/bundle.l10n.de.json', () => {
	const said = saidTexts();
	const known = new Set([...said, ...sentences()]);

	it('has every text that say() is given as a literal, and no text that nobody says', () => {
		expect([...said].filter(text => bundle[text] === undefined)).toEqual([]);
		expect(Object.keys(bundle).filter(text => !known.has(text))).toEqual([]);
	});

	it('has every sentence of other rooms that is said as it stands', () => {
		expect(sentences().filter(text => bundle[text] === undefined && !UNSAID.has(text))).toEqual([]);
	});

	it.each(Object.entries(bundle))('“%s” keeps its placeholders and is not left in English', (en, de) => {
		expect(fixed(de)).toEqual(fixed(en));
		expect(de === en && !SAME.has(en)).toBe(false);
	});

	it('names commands by the titles that they have in German', () => {
		const titles = Object.keys(commandIds).map(name => german[`command.${name}`]);
		const named = Object.values(bundle).flatMap(text => [...text.matchAll(/[„"]MCP Firewall: ([^“”"]+)[“”"]/g)]);
		expect(named.length).toBeGreaterThan(0);
		expect(named.map(([, title]) => title).filter(title => !titles.includes(title))).toEqual([]);
	});
});

describe('say', () => {
	afterEach(() => {
		speakWith(fillIn);
	});

	it('never reads what an argument holds as a placeholder, in English and in German', () => {
		const hostile = '{1}{0}';
		expect(say('Allow {0} of the MCP server {1}?', hostile, '{0}')).toBe('Allow {1}{0} of the MCP server {0}?');
		speakWith((text, ...args) => fillIn(bundle[text] ?? text, ...args));
		expect(say('Allow {0} of the MCP server {1}?', hostile, '{0}')).toBe('{1}{0} des MCP-Servers {0} zulassen?');
		expect(sayCount(2, '{0} tool', '{0} tools')).toBe('2 Tools');
	});
});

/** Sentences of the rooms below that no surface of the editor shows as they stand. */
const UNSAID = new Set<string>([]);

/** A literal, or literals that are put together by `+`; undefined for anything that is only known when it runs. */
function literalOf(node: ts.Node | undefined): string | undefined {
	if (node === undefined || ts.isStringLiteralLike(node)) {
		return node?.text;
	}
	if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken) {
		const [left, right] = [literalOf(node.left), literalOf(node.right)];
		return left === undefined || right === undefined ? undefined : left + right;
	}
	return undefined;
}

function parse(...path: string[]): ts.SourceFile {
	return ts.createSourceFile(path.join('/'), readFileSync(join(root, ...path), 'utf8'), ts.ScriptTarget.Latest, true);
}

/** The literals that are handed to `say` and `sayCount` anywhere in src/vscode. */
function saidTexts(): ReadonlySet<string> {
	const texts = new Set<string>();
	for (const name of readdirSync(join(root, 'src', 'vscode'))) {
		const visit = (node: ts.Node): void => {
			if (ts.isCallExpression(node) && ts.isIdentifier(node.expression)) {
				const { text } = node.expression;
				const places = text === 'say' ? [0] : text === 'sayCount' ? [1, 2] : [];
				for (const literal of places.map(place => literalOf(node.arguments[place]))) {
					if (literal !== undefined) {
						texts.add(literal);
					}
				}
			}
			ts.forEachChild(node, visit);
		};
		visit(parse('src', 'vscode', name));
	}
	return texts;
}

/** Rooms whose constants are said as they stand: what a question, a finding, a refusal or a review tells a person. */
const ROOMS = [
	...['approvalFacts', 'commandWords'].map(name => join('domain', 'approval', `${name}.ts`)),
	...['hostClass', 'protectedPlaces', 'inspectionPolicy'].map(name => join('domain', 'policy', `${name}.ts`)),
	...['detectInstructions', 'inspect', 'invisible', 'linkFlaw', 'maskSecrets', 'mediaFlaw', 'mirrorFlaw'].map(name =>
		join('domain', 'inspection', `${name}.ts`),
	),
	...['presetRules', 'proseLinks', 'randomNear', 'ruleShape', 'secretRules', 'secretSightings'].map(name =>
		join('domain', 'inspection', `${name}.ts`),
	),
	join('domain', 'identity', 'identityWords.ts'),
	join('domain', 'registry', 'reviewFinding.ts'),
	...['refusal', 'treatAnswer'].map(name => join('firewall', `${name}.ts`)),
];

/** Words that {@link ROOMS} say and that are no sentence by their form. */
const WORDS = ['verified', 'none', 'low', 'medium', 'high'];

/** The constants of {@link ROOMS} that are sentences or parts of them; no patterns, and nothing in brackets for an agent. */
function sentences(): readonly string[] {
	const texts = new Set<string>(WORDS);
	for (const room of ROOMS) {
		const visit = (node: ts.Node): void => {
			const text = literalOf(node);
			if (text === undefined) {
				ts.forEachChild(node, visit);
			} else if (/[a-z]{2} [a-z]/.test(text) && !/\(\?|\\|^\[|^ad 34f/.test(text)) {
				texts.add(text);
			}
		};
		visit(parse('src', room));
	}
	return [...texts];
}
