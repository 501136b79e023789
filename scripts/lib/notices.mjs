// Writes the licences of everything that is bundled, read from the installed packages.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Licences that may be shipped inside an MIT product. */
const COMPATIBLE = new Set(['MIT', 'ISC', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD', 'BlueOak-1.0.0']);
/** Every package that the bundles can contain: the dependencies and what they depend on. */
function bundled(names, found = new Map()) {
	for (const name of names) {
		if (found.has(name)) {
			continue;
		}
		const folder = join('node_modules', name);
		const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
		found.set(name, { folder, manifest });
		bundled(
			Object.keys(manifest.dependencies ?? {}).filter(dep => existsSync(join('node_modules', dep))),
			found,
		);
	}
	return found;
}

export function writeNotices(file) {
	const root = JSON.parse(readFileSync('package.json', 'utf8'));
	const parts = ['MCP Firewall contains the following packages.'];
	for (const [name, { folder, manifest }] of [...bundled(Object.keys(root.dependencies))].sort()) {
		if (name.startsWith('@types/')) {
			continue;
		}
		if (!COMPATIBLE.has(manifest.license)) {
			throw new Error(`${name} has the licence ${manifest.license}, which is not on the list of compatible ones`);
		}
		const licence = readdirSync(folder).find(entry => /^licen[cs]e/i.test(entry));
		const text =
			licence === undefined
				? `(${manifest.license}; the package carries no licence file)`
				: readFileSync(join(folder, licence), 'utf8');
		parts.push(`${name} ${manifest.version}\n${'-'.repeat(40)}\n${text.trim()}`);
	}
	writeFileSync(file, `${parts.join('\n\n\n')}\n`);
}
