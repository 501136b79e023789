// Speed of finding and reading the paths of a call. Run with: node bench/paths.mjs
import { build } from 'esbuild';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'paths-'));

async function load(entry) {
	const outfile = join(folder, `${entry.replaceAll('/', '-')}.mjs`);
	await build({ entryPoints: [join(root, entry)], bundle: true, outfile, format: 'esm', platform: 'node' });
	return import(pathToFileURL(outfile).href);
}

const { findPaths } = await load('src/domain/policy/findPaths.ts');
const { canonicalForms } = await load('src/domain/policy/canonicalForms.ts');
const { strictestProtection } = await load('src/domain/policy/protection.ts');
const { collectPathFacts } = await load('src/firewall/pathFacts.ts');
const { realPathResolver } = await load('src/storage/realPath.ts');

const workspace = join(folder, 'ws');
mkdirSync(join(workspace, 'src'), { recursive: true });
writeFileSync(join(workspace, 'src/main.ts'), '');
const host = { workspaceFolders: [workspace], home: '/home/u', platform: 'posix', caseInsensitivePaths: false };

function print(what, times) {
	times.sort((left, right) => left - right);
	const at = share => times[Math.floor(share * (times.length - 1))].toFixed(1).padStart(9);
	console.log(`${what.padEnd(44)} p50 ${at(0.5)} µs   p99 ${at(0.99)} µs`);
}

function measure(what, run, rounds = 5000) {
	const times = [];
	for (let round = -rounds; round < rounds; round++) {
		const start = performance.now();
		run();
		if (round >= 0) times.push((performance.now() - start) * 1000);
	}
	print(what, times);
}

const read = args => () => {
	for (const { raw } of findPaths(args, undefined)) canonicalForms(raw, { root: workspace, host });
};
const edits = Array.from({ length: 12 }, (_, n) => ({
	oldText: `const value${n} = compute(${n}); // a line of code that is edited`,
	newText: `const value${n} = computeBetter(${n}, options); // the line`,
}));
const call = {
	path: join(workspace, 'src/main.ts'),
	edits,
	options: { files: ['src/a.ts', 'src/b.ts', '../ws/c d.ts'] },
};
console.log(`a call of ${JSON.stringify(call).length} bytes`);
measure('find and read its paths', read(call));
measure(
	'the same with URIs, escapes, backslashes',
	read({ ...call, uri: 'file:///ws/a%20b/%252e%252e/c', other: '~/../x/./y', third: 'a\\b\\c. /d' }),
);
const paths = [{ pointer: '/path', raw: '', candidates: [join(workspace, 'src/main.ts')], recursive: true }];
measure('built-in protections of one path', () => strictestProtection({ paths, capability: 'filesystem.write', host }));

const times = [];
for (let round = -500; round < 1000; round++) {
	const start = performance.now();
	await collectPathFacts(call, undefined, [workspace], host, realPathResolver, { tool: 'edit_file' });
	if (round >= 0) times.push((performance.now() - start) * 1000);
}
print('the same with the disk (4 paths)', times);

const mega = 1 << 20;
for (const [what, args] of Object.entries({
	'1 MB of prose': { content: 'lorem ipsum '.repeat(mega / 12) },
	'1 MB of space': { text: ' '.repeat(mega) },
	'1 MB as a path': { path: 'a/'.repeat(mega / 2) },
	'1 MB of escapes': { path: '%25'.repeat(mega / 3) },
	'1 MB as a command': { command: 'cat /etc/passwd '.repeat(mega / 16) },
	'1 MB of paths': { list: Array.from({ length: mega / 16 }, (_, n) => `/etc/pa${n}`) },
	'1 MB of short texts': { list: Array.from({ length: mega / 6 }, () => 'a.b') },
	'1 MB of keys': Object.fromEntries(Array.from({ length: mega / 16 }, (_, n) => [`key${n}`, 'val'])),
	'256 paths of 3.75 kB, each escaped 7 times': {
		path: Array.from({ length: 256 }, () => '/%2525252525252e'.repeat(240)),
	},
})) {
	measure(what, read(args), 10);
}
