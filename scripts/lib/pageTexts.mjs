import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

/** Rooms whose sentences reach a page as data: what a finding advises stands in the entries of the trail. */
const BESIDE = { panel: ['src/domain/inspection', 'src/firewall/treatAnswer.ts'] };

/** Every text of a source that is a literal, or literals put together by `+`. */
function literalsOf(file) {
	const texts = new Set();
	const visit = node => {
		const text = literalOf(node);
		if (text === undefined) ts.forEachChild(node, visit);
		else texts.add(text);
	};
	visit(ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest));
	return texts;
}

function literalOf(node) {
	if (ts.isStringLiteralLike(node)) return node.text;
	if (!ts.isBinaryExpression(node) || node.operatorToken.kind !== ts.SyntaxKind.PlusToken) return undefined;
	const [left, right] = [literalOf(node.left), literalOf(node.right)];
	return left === undefined || right === undefined ? undefined : left + right;
}

function sourcesBelow(folder) {
	if (folder.endsWith('.ts')) return [folder];
	return readdirSync(folder, { recursive: true })
		.filter(name => name.endsWith('.ts'))
		.map(name => path.posix.join(folder, name.replaceAll('\\', '/')));
}

/**
 * Of the keys of the translations those that each page can say, by the name of its script: what its own sources, and the rooms
 * beside them, hold as a literal. `metafile` is esbuild's of the pages.
 */
export function pageTextsOf({ outputs }, keys) {
	return Object.fromEntries(
		Object.entries(outputs).map(([script, { inputs }]) => {
			const page = path.basename(script, '.js');
			const own = Object.keys(inputs).filter(name => /^src\/.*\.ts$/.test(name));
			const texts = new Set(
				[...own, ...(BESIDE[page] ?? []).flatMap(sourcesBelow)].flatMap(file => [...literalsOf(file)]),
			);
			return [page, keys.filter(key => texts.has(key))];
		}),
	);
}
