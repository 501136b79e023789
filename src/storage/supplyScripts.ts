import { dirname, join } from 'node:path';
import { npmIntegrity, npmLockfiles, pythonFiles, registryDigest } from './lockfiles';
import { dependenciesDigest, environmentPackages, localCode, namesOf, packageDigest, treeBounds } from './packageCode';
import { hasInstallScripts, packageAround, type PackageFolder, publisherOf } from './packageFolder';
import { type SupplyDraft } from './supplyDraft';
import { digestOfLines, TreeTooLarge } from './supplyFiles';

/**
 * Pins what a JavaScript file runs with: its package as a whole where a package manager laid it there, else what it loads
 * beside itself; what that depends on; manifest, lockfiles and registry. `loads` are packages that options name.
 */
export async function pinJavaScript(draft: SupplyDraft, script: string, loads: readonly string[] = []): Promise<void> {
	const { digests } = draft;
	const left = treeBounds();
	const found = await packageAround(script);
	let named = loads;
	if (found?.installed === true) {
		await draft.digest('package', found.folder, () => packageDigest(digests, found.folder, left));
	} else {
		named = [...loads, ...(await pinLocalCode(draft, 'javascript', script))];
		if (found !== undefined) {
			await draft.file('manifest', join(found.folder, 'package.json'));
		}
	}
	const names = namesOf(found, named);
	if (names.length > 0) {
		const folder = found?.folder ?? dirname(script);
		await draft.digest('dependencies', folder, () => dependenciesDigest(digests, folder, names, left));
	}
	if (found !== undefined) {
		await describePackage(draft, found);
	}
}

async function describePackage(draft: SupplyDraft, found: PackageFolder): Promise<void> {
	const lockfiles = await npmLockfiles(found);
	for (const lockfile of lockfiles) {
		await draft.file('lockfile', lockfile);
	}
	const [lockfile] = lockfiles;
	if (lockfile !== undefined) {
		const npmrc = join(dirname(lockfile).replace(/[\\/]node_modules$/, ''), '.npmrc');
		await draft.digest('registry', npmrc, () => registryDigest(npmrc));
	}
	const integrity = await npmIntegrity(found, lockfiles);
	const publisher = publisherOf(found);
	const source = found.installed ? found : undefined;
	draft.is(
		source === undefined
			? { kind: 'path', name: found.folder }
			: { kind: 'npm', name: source.name, ...(source.version !== undefined && { version: source.version }) },
		{
			...(integrity !== undefined && { integrity }),
			installScripts: hasInstallScripts(found),
			...(publisher !== undefined && { publisher }),
		},
	);
}

/** The same for a Python file: what it imports beside itself, its project's lockfile, and the packages of its environment. */
export async function pinPython(
	draft: SupplyDraft,
	script: string,
	interpreterAsFound: string | undefined,
): Promise<void> {
	await pinLocalCode(draft, 'python', script);
	const { lockfiles, manifests } = await pythonFiles(script);
	for (const lockfile of lockfiles) {
		await draft.file('lockfile', lockfile);
	}
	for (const manifest of manifests) {
		await draft.file('manifest', manifest);
	}
	await pinEnvironment(draft, interpreterAsFound);
}

/** Pins the packages of the environment that an interpreter belongs to. What the system's Python imports is a gap. */
export async function pinEnvironment(draft: SupplyDraft, interpreterAsFound: string | undefined): Promise<void> {
	const packages = interpreterAsFound === undefined ? undefined : await environmentPackages(interpreterAsFound);
	if (packages === undefined) {
		draft.gap('pythonPackages');
	} else {
		await draft.digest('dependencies', packages, () => packageDigest(draft.digests, packages, treeBounds()));
	}
}

/** Gives the packages that the files name. */
async function pinLocalCode(
	draft: SupplyDraft,
	language: 'javascript' | 'python',
	script: string,
): Promise<readonly string[]> {
	try {
		const { files, packages, computed } = await localCode(language, [script]);
		if (computed) {
			draft.gap('computed');
		}
		if (files.length > 0) {
			await draft.digest('package', dirname(script), async () => {
				const lines: string[] = [];
				for (const file of files) {
					lines.push(`${file}\0${await draft.digests.file(file)}`);
				}
				return digestOfLines(lines);
			});
		}
		return packages;
	} catch (error) {
		draft.gap(error instanceof TreeTooLarge ? 'tooLarge' : 'unreadable');
		return [];
	}
}
