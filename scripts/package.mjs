// Packages the VSIX at the root, or where `--out FILE` says. What goes in is an allow-list (.vscodeignore); a test pins the listing.
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { createVSIX, listFiles, PackageManager } from '@vscode/vsce';
import { writeNotices } from './lib/notices.mjs';

const { name, version } = JSON.parse(readFileSync('package.json', 'utf8'));
const { values } = parseArgs({ options: { out: { type: 'string' } } });
const file = path.resolve(values.out ?? `${name}-${version}.vsix`);
writeNotices('THIRD-PARTY-NOTICES.txt');

const folder = mkdtempSync(path.join(tmpdir(), 'mcp-firewall-vsix-'));
try {
	for (const each of [...(await listFiles({ packageManager: PackageManager.None })), '.vscodeignore']) {
		mkdirSync(path.dirname(path.join(folder, each)), { recursive: true });
		copyFileSync(each, path.join(folder, each));
	}
	// The moving picture alone would take a fifth of the size that the VSIX may have: its page does without.
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
