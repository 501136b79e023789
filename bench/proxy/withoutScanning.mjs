// The CLI with the scanning of contents taken out, for the bench alone: it shows what decisions, records and transport cost
// by themselves. The product has no switch for this, and must not have one.
//
// Taken out (each is replaced in the source text; a name that is not there any more ends the build):
// - src/domain/inspection/inspect.ts: `inspectValue` finds nothing.
// - src/domain/inspection/maskSecrets.ts: `maskSecrets`, `maskText` give back what they got, `wouldMask` is false. The copies
//   in the journal are still cut (`truncateForTrail.ts`).
// - src/domain/inspection/holdsSecret.ts: `holdsSecret` is false.
// Left in: framing, strict parsing, the whole policy with paths, URLs and session labels, both journal lines, the digests.
import { readFile } from 'node:fs/promises';
import { build } from 'esbuild';

const REPLACED = {
	'inspect.ts': { inspectValue: 'return [];' },
	'maskSecrets.ts': {
		maskSecrets: 'return { value: arguments[0], findings: [] };',
		maskText: 'return arguments[0];',
		wouldMask: 'return false;',
	},
	'holdsSecret.ts': { holdsSecret: 'return false;' },
};

const withoutScanning = {
	name: 'without-scanning',
	setup({ onLoad }) {
		onLoad(
			{ filter: /[\\/]domain[\\/]inspection[\\/](?:inspect|maskSecrets|holdsSecret)\.ts$/ },
			async ({ path }) => {
				let contents = await readFile(path, 'utf8');
				for (const [name, body] of Object.entries(REPLACED[path.split(/[\\/]/).at(-1)])) {
					const from = new RegExp(`export (async )?function (\\*?)${name}\\b`);
					if (!from.test(contents)) {
						throw new Error(
							`${path} has no function ${name} any more: mend bench/proxy/withoutScanning.mjs`,
						);
					}
					contents = contents.replace(from, `$1function $2scanning_${name}`);
					contents += `\nvoid scanning_${name};\nexport function ${name}(): any { ${body} }\n`;
				}
				return { contents, loader: 'ts' };
			},
		);
	},
};

/** Bundles a CommonJS file for Node as esbuild.mjs does, with or without scanning. */
export function bundle(root, input, outfile, { scanning }) {
	return build({
		absWorkingDir: root,
		outfile,
		bundle: true,
		minify: true,
		platform: 'node',
		format: 'cjs',
		target: 'node20',
		alias: { 'jsonc-parser': 'jsonc-parser/lib/esm/main.js' },
		logLevel: 'error',
		plugins: scanning ? [] : [withoutScanning],
		...input,
	});
}
