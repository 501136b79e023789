// Packages the VSIX at the root. What goes in is an allow-list (.vscodeignore); a test pins the listing.
import { readFileSync, statSync } from 'node:fs';
import { createVSIX } from '@vscode/vsce';
import { writeNotices } from './lib/notices.mjs';

const { name, version } = JSON.parse(readFileSync('package.json', 'utf8'));
const file = `${name}-${version}.vsix`;
writeNotices('THIRD-PARTY-NOTICES.txt');
await createVSIX({
	packagePath: file,
	dependencies: false,
	allowMissingRepository: true,
	skipLicense: false,
	// package.json names no repository that relative links of the README could be rewritten to.
	rewriteRelativeLinks: false,
});
console.log(`${file}: ${String(Math.round(statSync(file).size / 1024))} kB`);
