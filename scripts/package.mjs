// Packages the VSIX at the root, or where `--out FILE` says. What goes in is an allow-list (.vscodeignore); a test pins the listing.
import { readFileSync, statSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { createVSIX } from '@vscode/vsce';
import { writeNotices } from './lib/notices.mjs';

const { name, version } = JSON.parse(readFileSync('package.json', 'utf8'));
const { values } = parseArgs({ options: { out: { type: 'string' } } });
const file = values.out ?? `${name}-${version}.vsix`;
writeNotices('THIRD-PARTY-NOTICES.txt');
await createVSIX({
	packagePath: file,
	dependencies: false,
	// There is no public repository yet, and none is made up: with one, `repository`, `bugs` and `homepage` go into package.json, and
	// this line and the next exception go.
	allowMissingRepository: true,
	skipLicense: false,
	// package.json names no repository that relative links of the README could be rewritten to.
	rewriteRelativeLinks: false,
});
console.log(`${file}: ${String(Math.round(statSync(file).size / 1024))} kB`);
