import { chmod, readFile, stat } from 'node:fs/promises';
import { hostname, platform, userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import { errorText, isMissing } from '../base/errors';
import { importEvents } from '../domain/registry/importEvents';
import { fingerprintOf, plainFingerprint } from '../domain/registry/registryBundle';
import { PublisherFile } from '../storage/publisherFile';
import { newPublisherKey, publisherKeyOf } from '../storage/publisherKey';
import { exportRegistry, importRegistry, writeNewFile } from '../storage/registryTransfer';
import { nodeSha256 } from '../storage/system';
import { EXIT_UNUSABLE } from './command';
import { type CliOutput } from './output';
import { printable } from './printable';
import { noteInTrail, type RegistryPlace } from './registryPlace';

/** What `registry export` is told. */
export interface ExportOptions {
	/** The private key, PEM; made where there is none. */
	readonly key: string;
	readonly file: string;
	/** What the publisher calls themselves. */
	readonly name?: string;
	/** Days after which it is not taken in any more; absent: never. */
	readonly days?: number;
}

/** Others of this machine must not be able to read a private key. */
const OTHERS = 0o077;

/** `registry export`: the registry as a signed file. Says the fingerprint that whoever imports it has to name. */
export async function exportCommand(place: RegistryPlace, options: ExportOptions, out: CliOutput): Promise<number> {
	try {
		const pem = await keyIn(options.key, out);
		const name = options.name ?? `${userInfo().username}@${hostname()}`;
		const entries = place.registry.all();
		const { days } = options;
		const signing = { pem, name, now: Date.now(), ...(days !== undefined && { daysValid: days }) };
		const text = exportRegistry(entries, signing);
		await writeNewFile(resolve(options.file), text);
		const print = fingerprintOf(publisherKeyOf(pem));
		const detail = `${String(entries.length)} servers, key ${print}`;
		await noteInTrail(place, [{ event: 'registry-exported', after: nodeSha256(text), detail }]);
		out.stdout(printable(`${String(entries.length)} servers in ${options.file}, signed as ${name}`));
		out.stdout(`fingerprint: ${print}`);
		return 0;
	} catch (error) {
		out.stderr(printable(`Nothing was exported: ${errorText(error)}`));
		return EXIT_UNUSABLE;
	}
}

/** `registry import`: takes in a signed file of the publisher whose fingerprint was named; everything in it waits for a review. */
export async function importCommand(
	place: RegistryPlace,
	{ file, publisher }: { readonly file: string; readonly publisher?: string },
	out: CliOutput,
): Promise<number> {
	const publishers = new PublisherFile(join(place.data, 'registry'));
	const target = { registry: place.registry, publishers, now: () => Date.now() };
	const outcome = await importRegistry(resolve(file), target, ({ name, key }) => {
		const print = fingerprintOf(key);
		const named = publisher !== undefined && plainFingerprint(publisher) === plainFingerprint(print);
		if (!named) {
			out.stderr(printable(`It is signed by "${name}" with the key ${print}.`));
			out.stderr('Compare the fingerprint with the publisher, then name it: --publisher FINGERPRINT');
		}
		return Promise.resolve(named);
	});
	if (outcome.kind === 'problem') {
		out.stderr(printable(`Nothing was taken in: ${outcome.problem}.`));
		return EXIT_UNUSABLE;
	}
	const { added, revoked, kept, clashes } = outcome.what;
	const told: readonly (readonly [string, readonly string[]])[] = [
		['waits for a review', added],
		['revoked, as its publisher did', revoked],
		['stays as it was reviewed here', kept],
		['not taken in, another server has the name', clashes],
	];
	for (const [what, names] of told) {
		names.forEach(name => {
			out.stdout(printable(`${name}: ${what}`));
		});
	}
	const print = fingerprintOf(outcome.publisher.key);
	const counts = `${String(added.length)} added, ${String(revoked.length)} revoked, ${String(kept.length)} kept`;
	await noteInTrail(place, [
		{ event: 'registry-imported', detail: `${counts}, key ${print}` },
		...importEvents(outcome.what, outcome.publisher),
	]);
	return 0;
}

/** The key of a file, or a new one in it. Throws for one that others can read. */
async function keyIn(file: string, out: CliOutput): Promise<string> {
	try {
		const { mode } = await stat(file);
		if (platform() !== 'win32' && (mode & OTHERS) !== 0) {
			throw new TypeError('the key can be read by others (chmod go= FILE)');
		}
		return await readFile(file, 'utf8');
	} catch (error) {
		if (!isMissing(error)) {
			throw error;
		}
	}
	const pem = newPublisherKey();
	await writeNewFile(file, pem, 0o600);
	await chmod(file, 0o600);
	out.stdout(printable(`A new key was made: ${file}. Keep it to yourself.`));
	return pem;
}
