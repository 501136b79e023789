// Packages the VSIX at the root, or where `--out FILE` says. What goes in is an allow-list (.vscodeignore); a test pins the listing.
import {
	copyFileSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	statSync,
	writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { createVSIX } from '@vscode/vsce';
import picomatch from 'picomatch';
import { writeNotices } from './lib/notices.mjs';

const { name, version } = JSON.parse(readFileSync('package.json', 'utf8'));
const { values } = parseArgs({ options: { out: { type: 'string' } } });
const file = path.resolve(values.out ?? `${name}-${version}.vsix`);
writeNotices('THIRD-PARTY-NOTICES.txt');

const folder = mkdtempSync(path.join(tmpdir(), 'mcp-firewall-vsix-'));
try {
	for (const each of ['.vscodeignore', ...allowedFiles()]) {
		mkdirSync(path.dirname(path.join(folder, each)), { recursive: true });
		copyFileSync(each, path.join(folder, each));
	}
	// The moving picture alone would take an eighth of the size that the VSIX may have: its page does without.
	const readme = readFileSync('README.md', 'utf8').replace(/^!\[[^\]]*\]\(media\/demo\.gif\)\n\n/m, '');
	writeFileSync(path.join(folder, 'README.md'), readme);
	await createVSIX({
		...{ cwd: folder, packagePath: file },
		dependencies: false,
		// There is no public repository yet, and none is made up. With one, `repository`, `bugs` and `homepage` go into package.json,
		// and this exception and the next go.
		allowMissingRepository: true,
		skipLicense: false,
		// package.json names no repository that relative links of the README could be rewritten to.
		rewriteRelativeLinks: false,
	});
} finally {
	rmSync(folder, { recursive: true, force: true });
}
console.log(`${path.basename(file)}: ${String(Math.round(statSync(file).size / 1024))} kB`);

/** What .vscodeignore lets in. vsce finds the same, but it holds every file of every package below test/ against every line: a minute and a half. */
function allowedFiles() {
	const lines = readFileSync('.vscodeignore', 'utf8').split('\n');
	if (!lines.includes('**')) throw new Error('.vscodeignore lets in what it does not name: it has no line **.');
	const patterns = lines.filter(line => line.startsWith('!')).map(line => line.slice(1));
	return patterns.flatMap(pattern => {
		const directory = path.posix.dirname(pattern);
		if (directory.includes('*'))
			throw new Error(`.vscodeignore: !${pattern}: a star stands in the last part only.`);
		const fits = picomatch(path.posix.basename(pattern), { dot: true });
		const names = readdirSync(directory, { withFileTypes: true }).filter(each => each.isFile() && fits(each.name));
		if (names.length === 0) throw new Error(`.vscodeignore: there is no ${pattern}.`);
		return names.map(each => path.posix.join(directory, each.name));
	});
}
