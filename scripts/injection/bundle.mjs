// Source of the product, for scripts.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The exports of several modules of `src`, bundled into one so that they share their state. */
export async function load(...entries) {
	const folder = mkdtempSync(join(tmpdir(), 'injection-'));
	const outfile = join(folder, 'bundle.mjs');
	const contents = entries.map(entry => `export * from './${entry}';`).join('\n');
	const stdin = { contents, resolveDir: root, loader: 'ts' };
	await build({
		stdin,
		bundle: true,
		outfile,
		format: 'esm',
		platform: 'node',
		logLevel: 'error',
		preserveSymlinks: true,
	});
	try {
		return await import(pathToFileURL(outfile).href);
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}
