import { copyFile, mkdir, rm } from 'node:fs/promises';
import { context } from 'esbuild';

const watch = process.argv.includes('--watch');
const minify = process.argv.includes('--minify');

const shared = { bundle: true, minify, sourcemap: false, logLevel: 'info', legalComments: 'none' };
/** The UMD build that `main` names loads its parts at run time, which a bundle cannot follow. */
const alias = { 'jsonc-parser': 'jsonc-parser/lib/esm/main.js' };
/** Reads key files, which no rule that we run asks for; as large as all the rest. */
const external = ['./index-BDn*.js'];
const node = { ...shared, platform: 'node', format: 'cjs', target: 'node20', alias, external };

const bundles = [
	{
		...node,
		entryPoints: { extension: 'src/extension.ts' },
		outdir: 'dist',
		outExtension: { '.js': '.cjs' },
		external: [...external, 'vscode'],
	},
	{
		...node,
		entryPoints: { cli: 'src/cli.ts' },
		outdir: 'dist',
		outExtension: { '.js': '.cjs' },
		banner: { js: '#!/usr/bin/env node' },
	},
	{
		...node,
		entryPoints: { connect: 'src/connect.ts' },
		outdir: 'dist',
		outExtension: { '.js': '.cjs' },
	},
	{
		...shared,
		platform: 'browser',
		format: 'iife',
		target: 'es2022',
		entryPoints: { panel: 'src/webview/panel.ts', review: 'src/webview/review.ts' },
		outdir: 'dist',
		// What is imported for its types alone brings nothing along, node:* least of all.
		tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: false, useDefineForClassFields: true } },
	},
];

await rm('dist', { recursive: true, force: true });
await mkdir('dist', { recursive: true });
await copyFile('node_modules/sql.js/dist/sql-wasm.wasm', 'dist/sql-wasm.wasm');

const contexts = await Promise.all(bundles.map(options => context(options)));
if (watch) {
	await Promise.all(contexts.map(each => each.watch()));
} else {
	await Promise.all(contexts.map(each => each.rebuild()));
	await Promise.all(contexts.map(each => each.dispose()));
}
