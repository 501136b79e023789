import { readdirSync, readFileSync } from 'node:fs';
import { build } from 'esbuild';
import ts from 'typescript';
import { beforeAll, describe, expect, it } from 'vitest';
import { pageTextsOf } from '../../../scripts/lib/pageTexts.mjs';
import { INSTRUCTION_RULES } from '../../../src/domain/inspection/instructionRules';
import { textsOfPage } from '../../../src/vscode/textsOfPage';

const bundle = JSON.parse(readFileSync('l10n/bundle.l10n.de.json', 'utf8')) as Readonly<Record<string, string>>;
const PAGES = ['panel', 'review', 'trust'] as const;

describe('the texts that a page is handed', () => {
	let texts: Readonly<Record<string, readonly string[]>> = {};
	let inputs: Readonly<Record<string, readonly string[]>> = {};

	beforeAll(async () => {
		const { metafile } = await build({
			...{ bundle: true, write: false, metafile: true, outdir: 'dist', logLevel: 'silent' },
			entryPoints: PAGES.map(page => `src/webview/${page}.ts`),
			tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: false, useDefineForClassFields: true } },
		});
		texts = pageTextsOf(metafile, Object.keys(bundle));
		inputs = Object.fromEntries(
			PAGES.map(page => [page, Object.keys(metafile.outputs[`dist/${page}.js`]?.inputs ?? {})]),
		);
	});

	it.each(PAGES)('%s: all that its sources say, or the page would be English in places', page => {
		const own = new Set(texts[page]);
		const said = (inputs[page] ?? []).filter(name => name.startsWith('src/webview/')).flatMap(saidIn);
		expect(said.length).toBeGreaterThan(10);
		expect(said.filter(text => !own.has(text))).toEqual([]);
	});

	it('panel: what findings advise, which comes with the entries', () => {
		const own = new Set(texts['panel']);
		const advice = [
			...INSTRUCTION_RULES.map(rule => rule.advice),
			'The answer held what has the form of a secret.',
		];
		expect(advice.filter(text => bundle[text] === undefined)).toEqual([]);
		expect(advice.length).toBeGreaterThan(5);
		expect(advice.filter(text => !own.has(text))).toEqual([]);
	});

	it.each(PAGES)('%s: nothing of what other rooms say', page => {
		expect(texts[page]).not.toContain('MCP Firewall: Break-Glass');
		const size = (all: object) => JSON.stringify(all).length;
		expect(size(textsOfPage(page, bundle, JSON.stringify(texts)))).toBeLessThan(size(bundle) / 3);
	});

	it.each([undefined, '', '{', '[]', 'null', '{"panel":3}', '{"panel":[1]}', '{"trust":[]}'])(
		'all of them where nothing says which: %j',
		listed => {
			expect(textsOfPage('panel', bundle, listed)).toBe(bundle);
		},
	);

	it('no more than the language has, and no member of every object', () => {
		const listed = JSON.stringify({ panel: ['Deny', 'toString', 'not translated'] });
		expect(textsOfPage('panel', bundle, listed)).toEqual({ Deny: 'Ablehnen' });
	});
});

it('every script of a page has a list of its texts', () => {
	const source = readFileSync('esbuild.mjs', 'utf8');
	const scripts = readdirSync('src/webview').filter(name => source.includes(`src/webview/${name}`));
	expect(scripts.map(name => name.replace('.ts', '')).sort()).toEqual([...PAGES]);
});

/** The literals that a page hands to `say` and its like, and every literal of its tables that has a translation. */
function saidIn(file: string): readonly string[] {
	const found: string[] = [];
	const visit = (node: ts.Node): void => {
		if (ts.isStringLiteralLike(node) && bundle[node.text] !== undefined) {
			found.push(node.text);
		}
		ts.forEachChild(node, visit);
	};
	visit(ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest));
	return found;
}
