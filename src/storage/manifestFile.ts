import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { digestJson } from '../base/digest';
import { errorText, isMissing } from '../base/errors';
import { isJsonObject } from '../base/json';
import { type Logger } from '../base/logger';
import { parseJson } from '../base/strictJson';
import {
	type Manifest,
	matchesReview,
	MAX_MANIFEST_CHARS,
	readManifest,
	type ReviewedParts,
} from '../domain/registry/manifest';
import { removeFile, writePrivateFile } from './privateFile';

/** A reviewed server, as far as its manifest depends on it. */
export interface ManifestOwner extends ReviewedParts {
	/** The digest of its launch. */
	readonly id: string;
}

const VERSION = 1;
const SERVER_ID = /^[A-Za-z0-9_-]{1,128}$/;
/** A character of the manifest takes at most six bytes in a JSON text (`\u0000`). */
const MAX_BYTES = MAX_MANIFEST_CHARS * 6;

/**
 * What reviewed servers said when they were last live: one file (0600) for each, in a folder of the extension's storage that
 * no guarded tool reaches (invariant 9). Nothing here is believed: a file that is damaged, of another version, too large or
 * from before another review counts for nothing, and what it says walks the path like a live answer.
 */
export class ManifestFile {
	private queue: Promise<unknown> = Promise.resolve();

	constructor(
		private readonly directory: string,
		private readonly logger: Logger,
	) {}

	/** What is known of a server under its present review. Never rejects. */
	load(owner: ManifestOwner): Promise<Manifest | undefined> {
		return this.serialise(async () => {
			const file = this.fileOf(owner.id);
			if ((await stat(file)).size > MAX_BYTES) {
				throw new Error('it is too large');
			}
			const parsed = parseJson(await readFile(file, 'utf8'), 'strict');
			const value = parsed.ok && isJsonObject(parsed.value) ? parsed.value : {};
			const manifest = readManifest(value.manifest);
			if (value.version !== VERSION || value.server !== owner.id || manifest === undefined) {
				throw new Error('it is not whole, or of another version');
			}
			return value.pins === pinsDigest(owner) && matchesReview(manifest, owner) ? manifest : undefined;
		});
	}

	/** Keeps one, unless something in it is not what was reviewed. */
	async save(owner: ManifestOwner, manifest: Manifest): Promise<void> {
		await this.serialise(async () => {
			if (!matchesReview(manifest, owner)) {
				await removeFile(this.fileOf(owner.id));
				return;
			}
			const content = { version: VERSION, server: owner.id, pins: pinsDigest(owner), manifest };
			await writePrivateFile(this.fileOf(owner.id), `${JSON.stringify(content)}\n`);
		});
	}

	/** Forgets one. */
	async drop(serverId: string): Promise<void> {
		await this.serialise(() => removeFile(this.fileOf(serverId)));
	}

	/** Forgets all but those of these servers. */
	async keepOnly(serverIds: readonly string[]): Promise<void> {
		await this.serialise(async () => {
			const known = new Set(serverIds.map(id => `${id}.json`));
			const names = await readdir(this.directory);
			const gone = names.filter(name => !known.has(name));
			await Promise.all(gone.map(name => removeFile(join(this.directory, name))));
		});
	}

	private fileOf(serverId: string): string {
		if (!SERVER_ID.test(serverId)) {
			throw new Error('this id names no file');
		}
		return join(this.directory, `${serverId}.json`);
	}

	/** One at a time; trouble means that nothing is known, and is told. */
	private serialise<T>(run: () => Promise<T>): Promise<T | undefined> {
		const next = this.queue.then(run).catch((error: unknown) => {
			if (!isMissing(error)) {
				this.logger.warn(`What a server said before is not used or kept: ${errorText(error)}`);
			}
			return undefined;
		});
		this.queue = next;
		return next;
	}
}

function pinsDigest({ tools, surface, identity }: ManifestOwner): string {
	return digestJson({
		tools: tools.map(({ name, digest }) => [name, digest]),
		instructions: surface.instructions?.digest ?? null,
		identity: identity === undefined ? null : [identity.name, identity.version],
	});
}
