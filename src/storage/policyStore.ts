import { readFile, stat, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Disposable } from '../base/disposable';
import { errorText } from '../base/errors';
import { type Event } from '../base/event';
import { type Logger } from '../base/logger';
import { type PolicyLoad } from '../domain/policy/policy';
import { loadBundle, type PolicyBundle, readBundle } from '../domain/policy/policyBundle';
import { writePrivateFile } from './privateFile';

/** The folder of kept policies, beside the trail. */
const FOLDER = 'policies';
/** Larger than any bundle of policies of 1 MiB each. */
const MAX_BYTES = 64 * 1024 * 1024;

/** A policy in force that can say what it was made of. */
interface KeepableSource {
	readonly onDidChange: Event<PolicyLoad>;
	bundle(): PolicyBundle;
}

/**
 * Keeps the text of every policy that comes into force, under its digest, so that recorded calls can be judged again after
 * the files have changed: `policies/<digest>.json` in the data directory, 0600. A text that cannot be kept is logged; it
 * changes no verdict, and a replay will say which digest it lacks.
 */
export function keepPolicies(policy: KeepableSource, dataDirectory: string, logger: Logger): Disposable {
	const keep = () => {
		void writeBundle(join(dataDirectory, FOLDER), policy.bundle()).catch((error: unknown) => {
			logger.warn(`The policy in force cannot be kept for replay: ${errorText(error)}`);
		});
	};
	keep();
	return policy.onDidChange(keep);
}

async function writeBundle(folder: string, bundle: PolicyBundle): Promise<void> {
	if (loadBundle(bundle).digest !== bundle.digest) {
		throw new Error(`the parts of ${bundle.digest} do not make it again`);
	}
	const file = fileOf(folder, bundle.digest);
	if (file === undefined) {
		return;
	}
	if ((await readKept(file)) === undefined) {
		await writePrivateFile(file, JSON.stringify(bundle));
	} else {
		// It is in force once more, whatever the trail says by now (policyPruning.ts).
		const now = new Date();
		await utimes(file, now, now);
	}
}

/**
 * The policy that was in force under a digest, from beside a trail: `dir` is the trail's directory or the data directory.
 * Undefined when none was kept, or what was kept does not make that policy again.
 */
export async function readKeptPolicy(dir: string, digest: string): Promise<PolicyLoad | undefined> {
	for (const folder of [join(dir, FOLDER), join(dirname(join(dir, '.')), FOLDER)]) {
		const file = fileOf(folder, digest);
		const kept = file === undefined ? undefined : await readKept(file);
		if (kept?.digest === digest) {
			return kept;
		}
	}
	return undefined;
}

async function readKept(file: string): Promise<PolicyLoad | undefined> {
	try {
		const facts = await stat(file);
		const bundle = facts.isFile() && facts.size <= MAX_BYTES ? readBundle(await readFile(file, 'utf8')) : undefined;
		const load = bundle && loadBundle(bundle);
		return load?.digest === bundle?.digest ? load : undefined;
	} catch {
		return undefined;
	}
}

/** Undefined for what is no digest: entries are somebody's text, and this becomes a path. */
function fileOf(folder: string, digest: string): string | undefined {
	return /^[0-9a-f]{64}$/.test(digest) ? join(folder, `${digest}.json`) : undefined;
}
