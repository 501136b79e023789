import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock } from '../base/clock';
import { sha256Hex } from '../base/digest';
import { errorText, isMissing } from '../base/errors';
import { Emitter } from '../base/event';
import { isJsonArray, isJsonObject, type JsonValue } from '../base/json';
import { type Logger } from '../base/logger';
import { parseJson } from '../base/strictJson';
import { type Grant } from '../domain/approval/grant';
import { hasExpired } from '../domain/approval/grantReach';
import { type GrantRecord, readGrantRecord, signedText } from '../domain/approval/grantRecord';
import { type GrantStore } from '../firewall/ports';
import { writePrivateFile } from './privateFile';
import { READ_AT_ONCE } from './system';

/** The key that grants are signed with: 32 random bytes per installation, from the editor's secret storage. */
export interface GrantKey {
	/** Undefined where there is no key and none can be kept; then there are no workspace grants. */
	get(): Promise<Uint8Array | undefined>;
	/** The mark of the file that was written last, by any window; undefined before the first. Rejects where it cannot be had. */
	mark(): Promise<string | undefined>;
	/** Only a file with this mark counts from now on. Rejects where it cannot be kept. */
	setMark(mark: string): Promise<void>;
}

/** What a grant file needs. */
export interface GrantFileOptions {
	/** Absolute, outside every workspace; comes from the editor, never from a setting or the environment (APPR-15). */
	readonly directory: string;
	readonly key: GrantKey;
	readonly clock: Clock;
	readonly logger: Logger;
	/** A record that is not honoured, once for each: why, and what it says its id is. */
	readonly onRefused: (why: string, id: string | undefined) => void;
}

const NAME = 'grants.json';
const KEY_BYTES = 32;
const MARK_BYTES = 16;
const MAX_BYTES = 4 * 1024 * 1024;
/** Grants of one installation; the one that ends first gives way. */
const MAX_GRANTS = 512;

/** Windows that write at once get in each other's way; so often it is tried again. */
const ATTEMPTS = 3;

interface Content {
	/** Of the disk. */
	readonly state: string;
	/** That counted when it was read. */
	readonly mark: string | undefined;
	readonly grants: readonly Grant[];
}

/**
 * Workspace grants in `grants.json`, each with its HMAC-SHA-256 (RFC 2104) over canonical JSON. INVARIANT: a record whose
 * MAC is not ours is never given out, nor written again. The disk is looked at before each answer, so that what one window
 * takes back holds in the others too.
 *
 * INVARIANT: what was taken back does not come back. Each write has a random mark, which every record is signed with and
 * which stands in the secret storage beside the key: a file that was written before, put back, is refused as a whole. Where
 * windows write at once, or one ends while it writes, grants are lost.
 */
export class GrantFile implements GrantStore {
	private readonly changed = new Emitter<void>();
	private readonly file: string;
	private readonly told = new Set<string>();
	private content: Content | undefined;
	private queue: Promise<unknown> = Promise.resolve();

	readonly onDidChange = this.changed.event;

	constructor(private readonly options: GrantFileOptions) {
		this.file = join(options.directory, NAME);
	}

	async available(): Promise<boolean> {
		try {
			await this.queue;
			return (await this.read()) !== undefined;
		} catch (error) {
			return this.trouble(error);
		}
	}

	async load(workspace: string): Promise<readonly Grant[]> {
		try {
			await this.queue;
			return this.holding((await this.read()) ?? []).filter(grant => grant.workspace === workspace);
		} catch (error) {
			this.trouble(error);
			return [];
		}
	}

	add(grant: Grant): Promise<boolean> {
		const readable = readGrantRecord(asJson({ grant, mac: '' })) !== undefined;
		return this.change(grants => (readable ? [...grants.filter(old => old.id !== grant.id), grant] : undefined));
	}

	remove(ids: readonly string[]): Promise<boolean> {
		return this.change(grants => grants.filter(({ id }) => !ids.includes(id)));
	}

	/** One change after the other, over what is on the disk now. */
	private change(edit: (grants: readonly Grant[]) => readonly Grant[] | undefined): Promise<boolean> {
		const run = this.queue.then(async () => {
			try {
				for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
					const edited = edit((await this.read()) ?? []);
					const key = await this.key();
					if (edited === undefined || key === undefined || this.content === undefined) {
						return false;
					}
					if (await this.write(key, this.content.state, edited)) {
						return true;
					}
				}
				return false;
			} catch (error) {
				return this.trouble(error);
			}
		});
		this.queue = run;
		return run;
	}

	/**
	 * False when another window wrote meanwhile. The mark is set before the disk is looked at again and asked for after the
	 * file was written, so that of two windows at once the one that writes first learns of the other.
	 */
	private async write(key: Uint8Array, before: string, grants: readonly Grant[]): Promise<boolean> {
		const now = this.options.clock.now();
		const kept = grants
			.filter(grant => !hasExpired(grant, now))
			.sort(byEnd)
			.slice(-MAX_GRANTS);
		const mark = randomBytes(MARK_BYTES).toString('hex');
		await this.options.key.setMark(mark);
		if ((await this.stateOfDisk()) !== before) {
			return false;
		}
		const records = kept.map((grant): GrantRecord => ({ grant, mac: macOf(key, grant, mark) }));
		await writePrivateFile(this.file, `${JSON.stringify({ version: 2, mark, grants: records }, null, '\t')}\n`);
		const state = await this.stateOfDisk();
		if ((await this.options.key.mark()) !== mark) {
			return false;
		}
		this.content = { state, mark, grants: kept };
		return true;
	}

	private holding(grants: readonly Grant[]): readonly Grant[] {
		const now = this.options.clock.now();
		return grants.filter(grant => !hasExpired(grant, now));
	}

	/** The grants that are ours, from the disk where it changed; undefined where the file or the key cannot be used. */
	private async read(): Promise<readonly Grant[] | undefined> {
		const key = await this.key();
		if (key === undefined) {
			this.content = undefined;
			return undefined;
		}
		const mark = await this.options.key.mark();
		const state = await this.stateOfDisk();
		const known = this.content;
		if (known?.state === state && known.mark === mark) {
			return known.grants;
		}
		const text = await this.readText();
		const stored = text === undefined ? { mark, records: [] } : storedIn(text);
		if (stored === undefined) {
			this.refuse('the file of grants is not readable as such', undefined, state);
			this.content = undefined;
			return undefined;
		}
		const current = mark !== undefined && stored.mark === mark;
		if (!current && stored.records.length > 0) {
			const why =
				'the file of grants is not the one that was written last: an older one was put back, or two windows wrote';
			this.refuse(why, undefined, `${state} ${String(mark)}`);
		}
		const grants = current ? stored.records.flatMap(value => this.verified(key, value, mark)) : [];
		this.content = { state, mark, grants };
		if (known !== undefined) {
			this.changed.fire();
		}
		return grants;
	}

	private verified(key: Uint8Array, value: JsonValue, file: string): readonly Grant[] {
		const record = readGrantRecord(value);
		const seen = JSON.stringify(value);
		if (record === undefined) {
			this.refuse('a record is not a grant, or not signed', undefined, seen);
			return [];
		}
		const right = Buffer.from(macOf(key, record.grant, file), 'hex');
		const given = Buffer.from(record.mac, 'hex');
		if (given.length !== right.length || !timingSafeEqual(given, right)) {
			this.refuse('its signature is not ours, or it was altered', record.grant.id, seen);
			return [];
		}
		return [record.grant];
	}

	private async key(): Promise<Uint8Array | undefined> {
		const key = await this.options.key.get();
		return key?.length === KEY_BYTES ? key : undefined;
	}

	/** A number that is another one when the file is another one. */
	private async stateOfDisk(): Promise<string> {
		try {
			const { ino, size, mtimeNs } = await stat(this.file, { bigint: true });
			return `${String(ino)} ${String(size)} ${String(mtimeNs)}`;
		} catch (error) {
			if (isMissing(error)) {
				return 'none';
			}
			throw error;
		}
	}

	private async readText(): Promise<string | undefined> {
		try {
			const handle = await open(this.file, READ_AT_ONCE);
			try {
				const stats = await handle.stat();
				return stats.isFile() && stats.size <= MAX_BYTES ? await handle.readFile('utf8') : '';
			} finally {
				await handle.close();
			}
		} catch (error) {
			if (isMissing(error)) {
				return undefined;
			}
			throw error;
		}
	}

	private refuse(why: string, id: string | undefined, mark: string): void {
		const digest = sha256Hex(mark);
		if (!this.told.has(digest) && this.told.size < MAX_GRANTS) {
			this.told.add(digest);
			this.options.onRefused(why, id);
		}
	}

	private trouble(error: unknown): false {
		this.options.logger.warn(`Workspace grants cannot be used: ${errorText(error)}`);
		return false;
	}
}

function macOf(key: Uint8Array, grant: Grant, file: string): string {
	return createHmac('sha256', key).update(signedText(grant, file)).digest('hex');
}

interface Stored {
	readonly mark: JsonValue | undefined;
	readonly records: readonly JsonValue[];
}

/** Files of version 1 had no mark, and are older than any. */
function storedIn(text: string): Stored | undefined {
	const parsed = parseJson(text, 'strict');
	const value = parsed.ok ? parsed.value : undefined;
	return isJsonObject(value) && (value.version === 1 || value.version === 2) && isJsonArray(value.grants)
		? { mark: value.mark, records: value.grants }
		: undefined;
}

function asJson(record: { readonly grant: Grant; readonly mac: string }): JsonValue {
	return record as unknown as JsonValue;
}

function byEnd(left: Grant, right: Grant): number {
	return (left.expiresAt ?? 0) - (right.expiresAt ?? 0);
}
