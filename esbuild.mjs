import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { context, transform } from 'esbuild';
import { pageTextsOf } from './scripts/lib/pageTexts.mjs';

const watch = process.argv.includes('--watch');
const minify = process.argv.includes('--minify');

/** What is imported for its types alone brings nothing along: no node:* for the panel, no sql.js for the start of the editor. */
const tsconfigRaw = { compilerOptions: { verbatimModuleSyntax: false, useDefineForClassFields: true } };
const shared = { bundle: true, minify, sourcemap: false, logLevel: 'info', legalComments: 'none', tsconfigRaw };
/** The UMD build that `main` names loads its parts at run time, which a bundle cannot follow. */
const alias = { 'jsonc-parser': 'jsonc-parser/lib/esm/main.js' };
/** Reads key files, which no rule that we run asks for; as large as all the rest. */
const external = ['./index-BDn*.js'];
const node = { ...shared, platform: 'node', target: 'node20', alias, external };
const commonJs = { ...node, format: 'cjs', outdir: 'dist', outExtension: { '.js': '.cjs' } };

/** Loaded when somebody asks for them, and not before: files of their own. */
const APART = { 'sql.js': 'sql', jose: 'jose', '@modelcontextprotocol/sdk/client/auth.js': 'signIn' };

const apart = {
	name: 'apart',
	setup({ onResolve }) {
		onResolve({ filter: /^[@a-z]/ }, args =>
			args.kind === 'dynamic-import' && Object.hasOwn(APART, args.path)
				? { path: `./${APART[args.path]}.cjs`, external: true }
				: undefined,
		);
	},
};

/** The door of the extension is small: what is behind it is read after the editor has got its turn back. */
const behindTheDoor = {
	name: 'behind-the-door',
	setup({ onResolve }) {
		onResolve({ filter: /^\.\/extension$/ }, ({ kind }) =>
			kind === 'dynamic-import' ? { path: './editor.cjs', external: true } : undefined,
		);
	},
};

/** esbuild takes what several entries share out of them in ECMAScript modules alone; the editor and Node want CommonJS here. */
const toCommonJs = {
	name: 'to-common-js',
	setup({ onEnd }) {
		onEnd(async ({ outputFiles = [] }) => {
			await Promise.all(
				outputFiles.map(async file => {
					const name = `${path.basename(file.path, '.js')}.cjs`;
					const { code } = await transform(file.text.replaceAll(/(["'])\.\/core\.js\1/g, '"./core.cjs"'), {
						...{ format: 'cjs', platform: 'node', target: 'node20', minify, legalComments: 'none' },
						supported: { 'dynamic-import': false },
						...(name === 'cli.cjs' && { banner: '#!/usr/bin/env node' }),
					});
					await writeFile(path.join('dist', name), code);
				}),
			);
		});
	},
};

/** Beside the guard a module that hands on what it exports: one guard for both kinds of import, or its errors would be two classes. */
const asModule = {
	name: 'as-module',
	setup({ onEnd }) {
		onEnd(async ({ errors }) => {
			if (errors.length > 0) return;
			const names = Object.keys(createRequire(import.meta.url)('./dist/guard.cjs'));
			await writeFile('dist/guard.mjs', `export { ${names.join(', ')} } from './guard.cjs';\n`);
		});
	},
};

/** What each page can say, for the host: a page in another language is handed these texts and not all of them. */
const pageTexts = {
	name: 'page-texts',
	setup({ onEnd }) {
		onEnd(async ({ errors, metafile }) => {
			if (errors.length > 0) return;
			const keys = Object.keys(JSON.parse(await readFile('l10n/bundle.l10n.de.json', 'utf8')));
			await writeFile('dist/pageTexts.json', JSON.stringify(pageTextsOf(metafile, keys)));
		});
	},
};

const bundles = [
	{
		...node,
		entryPoints: { editor: 'src/extension.ts', cli: 'src/cli.ts' },
		// What both hold is one file, `core.cjs`: it is most of either.
		...{ format: 'esm', splitting: true, chunkNames: 'core', outdir: 'dist', write: false },
		external: [...external, 'vscode'],
		plugins: [apart, toCommonJs],
	},
	{ ...commonJs, entryPoints: Object.fromEntries(Object.entries(APART).map(([from, to]) => [to, from])) },
	{
		...commonJs,
		entryPoints: { extension: 'src/activate.ts' },
		plugins: [behindTheDoor],
		supported: { 'dynamic-import': false },
	},
	// Other clients start one for each server that they use: alone, it is up in half the time.
	{ ...commonJs, entryPoints: { connect: 'src/connect.ts' } },
	// For authors of MCP servers: `mcp-firewall/guard`, without the editor and without a dependency.
	{ ...commonJs, entryPoints: { guard: 'src/guard.ts' }, plugins: [asModule] },
	// Auditors read it, and run it without the product: one file, and its text as it was written.
	{
		...commonJs,
		minify: false,
		entryPoints: { 'verify-trail': 'src/verifyTrail.ts' },
		banner: { js: `${(await readFile('src/verifyTrail.ts', 'utf8')).split('*/', 1)[0]}*/` },
	},
	{
		...shared,
		platform: 'browser',
		format: 'iife',
		target: 'es2022',
		entryPoints: {
			panel: 'src/webview/panel.ts',
			review: 'src/webview/review.ts',
			trust: 'src/webview/trust.ts',
		},
		outdir: 'dist',
		metafile: true,
		plugins: [pageTexts],
	},
];

await rm('dist', { recursive: true, force: true });
await mkdir('dist', { recursive: true });
// `src/storage/sqlWasm.ts` reads it.
await writeFile('dist/sql-wasm.wasm.br', brotliCompressSync(await readFile('node_modules/sql.js/dist/sql-wasm.wasm')));

const contexts = await Promise.all(bundles.map(options => context(options)));
if (watch) {
	await Promise.all(contexts.map(each => each.watch()));
} else {
	await Promise.all(contexts.map(each => each.rebuild()));
	await Promise.all(contexts.map(each => each.dispose()));
}
