import { open, readFile, stat } from 'node:fs/promises';
import { errorText } from '../base/errors';
import { type Import, importEntries } from '../domain/registry/importEntries';
import {
	MAX_BUNDLE_CHARS,
	openBundle,
	type Publisher,
	readBundle,
	sharedEntry,
	type SignedBundle,
} from '../domain/registry/registryBundle';
import { type ServerEntry } from '../domain/registry/serverEntry';
import { unbound } from '../domain/registry/unbound';
import { type PublisherFile, type PublisherStanding } from './publisherFile';
import { signBundle, verifyEd25519 } from './publisherKey';
import { type RegistryFile } from './registryFile';

/** The registry and the publishers that it is taken in from. */
export interface TransferPlace {
	readonly registry: Pick<RegistryFile, 'all' | 'putAll' | 'problem'>;
	readonly publishers: Pick<PublisherFile, 'standing' | 'add'>;
	/** Milliseconds since the epoch. */
	readonly now: () => number;
}

/** Says whether a publisher is to be believed who is not known, or not any more. */
export type AskPublisher = (publisher: Publisher, standing: Exclude<PublisherStanding, 'known'>) => Promise<boolean>;

/** What became of an import; a problem is one sentence without its full stop, and then nothing was changed. */
export type ImportOutcome =
	| { readonly kind: 'imported'; readonly publisher: Publisher; readonly what: Import }
	| { readonly kind: 'problem'; readonly problem: string };

/** The registry of here as a signed text. Throws where `pem` is no Ed25519 key. `daysValid`: absent, it never expires. */
export function exportRegistry(
	entries: readonly ServerEntry[],
	{
		pem,
		name,
		now,
		daysValid,
	}: { readonly pem: string; readonly name: string; readonly now: number; readonly daysValid?: number },
): string {
	const expires = daysValid === undefined ? undefined : new Date(now + daysValid * 24 * 60 * 60_000).toISOString();
	return signBundle(pem, name, {
		createdAt: new Date(now).toISOString(),
		...(expires !== undefined && { expiresAt: expires }),
		entries: unbound(entries).map(sharedEntry),
	});
}

/**
 * Takes in a signed registry: signature, publisher, expiry, then the entries, each before the next is looked at. A key is
 * remembered once everything holds. Never rejects.
 */
export async function importRegistry(file: string, place: TransferPlace, ask: AskPublisher): Promise<ImportOutcome> {
	const text = await readBundleFile(file);
	const signed: SignedBundle =
		'problem' in text ? { kind: 'problem', ...text } : openBundle(text.text, verifyEd25519);
	if (signed.kind === 'problem') {
		return signed;
	}
	const { publisher } = signed;
	const standing = await place.publishers.standing(publisher.key, place.now());
	if (standing !== 'known' && !(await ask(publisher, standing))) {
		const why = { unknown: 'its publisher is not known here', expired: 'the trust in its publisher has expired' };
		return { kind: 'problem', problem: why[standing] };
	}
	const reading = readBundle(signed, place.now());
	if (reading.kind === 'problem') {
		return reading;
	}
	if (place.registry.problem !== undefined) {
		return { kind: 'problem', problem: 'the registry of here cannot be used' };
	}
	const trouble = standing === 'known' ? undefined : await place.publishers.add(publisher, place.now());
	if (trouble !== undefined) {
		return { kind: 'problem', problem: trouble };
	}
	const here = place.registry.all();
	const what = importEntries(reading.bundle, here, file);
	const put = await place.registry.putAll(what.entries, here);
	if (put.kind === 'problem') {
		return put;
	}
	return { kind: 'imported', publisher, what };
}

async function readBundleFile(file: string): Promise<{ readonly text: string } | { readonly problem: string }> {
	try {
		const facts = await stat(file);
		if (!facts.isFile() || facts.size > MAX_BUNDLE_CHARS) {
			return { problem: 'it is no file, or too large' };
		}
		return { text: await readFile(file, 'utf8') };
	} catch (error) {
		return { problem: errorText(error) };
	}
}

/** Writes an exported registry where nothing is yet; what is there is not overwritten. Rejects on trouble. */
export async function writeNewFile(file: string, text: string, mode = 0o644): Promise<void> {
	const handle = await open(file, 'wx', mode);
	try {
		await handle.writeFile(text);
		await handle.sync();
	} finally {
		await handle.close();
	}
}
