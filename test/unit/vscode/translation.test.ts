import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { commandIds } from '../../../src/vscode/contributions';

type Texts = Readonly<Record<string, string>>;

const root = process.cwd();
const read = (...path: string[]) => JSON.parse(readFileSync(join(root, ...path), 'utf8')) as Texts;
const english = read('package.nls.json');
const german = read('package.nls.de.json');
const bundle = read('l10n', 'bundle.l10n.de.json');
const ignore = readFileSync(join(root, '.vscodeignore'), 'utf8');

/** The same word in both languages. */
const SAME = new Set(['MCP Firewall', '“{0}”', 'MCP', '{0} tools', '{0} tool', 'Start', 'Server “{0}”']);

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

	it('has every text that say() is given as a literal, and no text that nobody says', () => {
		const known = [...said, ...sentences()];
		expect([...said].filter(text => bundle[text] === undefined)).toEqual([]);
		expect(Object.keys(bundle).filter(text => !known.includes(text))).toEqual([]);
	});

	it.each(Object.entries(bundle))('“%s” keeps its placeholders and is not left in English', (en, de) => {
		expect(fixed(de)).toEqual(fixed(en));
		expect(de === en && !SAME.has(en)).toBe(false);
	});
});

/** The literals that are handed to `say` and `sayCount` anywhere in src/vscode. */
function saidTexts(): ReadonlySet<string> {
	const texts = new Set<string>();
	const folder = join(root, 'src', 'vscode');
	for (const name of readdirSync(folder)) {
		const source = ts.createSourceFile(name, readFileSync(join(folder, name), 'utf8'), ts.ScriptTarget.Latest);
		const visit = (node: ts.Node): void => {
			if (ts.isCallExpression(node) && ts.isIdentifier(node.expression)) {
				const places = { say: [0], sayCount: [1, 2] }[node.expression.text] ?? [];
				for (const literal of places.map(place => node.arguments[place])) {
					if (literal !== undefined && ts.isStringLiteralLike(literal)) {
						texts.add(literal.text);
					}
				}
			}
			ts.forEachChild(node, visit);
		};
		visit(source);
	}
	return texts;
}

/** Sentences that are said as they stand in other rooms: findings of a review, and hints of refusals. */
function sentences(): readonly string[] {
	const files = [join('domain', 'registry', 'reviewFinding.ts'), join('firewall', 'refusal.ts')];
	return files.flatMap(file => {
		const text = readFileSync(join(root, 'src', file), 'utf8');
		return [...text.replaceAll(/' \+\n\s*'/g, '').matchAll(/'((?:[^'\\]|\\.)+)'/g)].map(
			([, literal]) => literal ?? '',
		);
	});
}
