// Makes audit trails of any size with the product's own chain, segments and checkpoints, for tests of the editor and the bench.
//   node scripts/lib/trailMaker.mjs DIR [--entries 100000] [--seed 1] [--streams 8] [--days 30] [--until 2026-11-27T18:00:00Z]
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Script } from 'node:vm';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../..', import.meta.url));
let maker;

/**
 * Writes a trail. The same options give the same bytes.
 *
 * @param {import('../../bench/audit/madeTrail').MadeTrailOptions} options
 * @returns {Promise<import('../../bench/audit/madeTrail').MadeTrail>}
 */
export async function makeTrail(options) {
	maker ??= loadSource("export { makeTrail } from './bench/audit/madeTrail';");
	return (await maker).makeTrail(options);
}

/**
 * What TypeScript of this project exports, bundled in memory: no build has to be there, and none is trusted.
 *
 * @param {string} contents a module, its imports relative to the root of the project
 */
export async function loadSource(contents) {
	const { outputFiles } = await build({
		stdin: { contents, resolveDir: root, loader: 'ts' },
		...{ bundle: true, write: false, format: 'cjs', platform: 'node', target: 'node20', logLevel: 'error' },
		// Its UMD build loads its parts at run time, which a bundle cannot follow.
		alias: { 'jsonc-parser': 'jsonc-parser/lib/esm/main.js' },
	});
	const module = { exports: {} };
	const run = new Script(
		`(function (module, exports, require, __dirname, __filename) {${outputFiles[0].text}\n})`,
	).runInThisContext();
	run(module, module.exports, createRequire(path.join(root, 'package.json')), root, root);
	return module.exports;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
	const text = { type: 'string' };
	const { values, positionals } = parseArgs({
		allowPositionals: true,
		options: { entries: text, seed: text, streams: text, days: text, until: text },
	});
	const numbers = Object.fromEntries(
		Object.entries(values).map(([key, value]) => [key, key === 'until' ? Date.parse(value) : Number(value)]),
	);
	const started = performance.now();
	const made = await makeTrail({ dir: path.resolve(positionals[0]), entries: 100_000, ...numbers });
	const seconds = ((performance.now() - started) / 1000).toFixed(1);
	console.log(`${made.entries} entries in ${made.files.length} files, ${made.bytes} bytes, ${seconds} s`);
}
