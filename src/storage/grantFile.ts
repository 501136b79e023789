import { createHmac, timingSafeEqual } from 'node:crypto';
import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock } from '../base/clock';
import { sha256Hex } from '../base/digest';
import { errorText } from '../base/errors';
import { Emitter } from '../base/event';
import { isJsonArray, isJsonObject, type JsonValue } from '../base/json';
import { type Logger } from '../base/logger';
import { parseJson } from '../base/strictJson';
import { type Grant } from '../domain/approval/grant';
import { hasExpired } from '../domain/approval/grantReach';
import { type GrantRecord, readGrantRecord, signedText } from '../domain/approval/grantRecord';
import { type GrantStore } from '../firewall/ports';
import { isMissing } from './originFile';
import { writePrivateFile } from './privateFile';
import { READ_AT_ONCE } from './system';

/** The key that grants are signed with: 32 random bytes per installation, from the editor's secret storage. */
export interface GrantKey {
	/** Undefined where there is no key and none can be kept; then there are no workspace grants. */
	get(): Promise<Uint8Array | undefined>;
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
const MAX_BYTES = 4 * 1024 * 1024;
/** Grants of one installation; the one that ends first gives way. */
const MAX_GRANTS = 512;

interface Content {
	readonly state: string;
	readonly records: readonly GrantRecord[];
}

/**
 * Workspace grants in `grants.json`, each with its HMAC-SHA-256 (RFC 2104) over canonical JSON. INVARIANT: a record whose
 * MAC is not ours is never given out, nor written again. The disk is looked at before each answer, so that what one window
 * takes back holds in the others too.
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
			return (await this.key()) !== undefined && (await this.read()) !== undefined;
		} catch (error) {
			return this.trouble(error);
		}
	}

	async load(workspace: string): Promise<readonly Grant[]> {
		try {
			return this.holding((await this.read()) ?? []).filter(grant => grant.workspace === workspace);
		} catch (error) {
			this.trouble(error);
			return [];
		}
	}

	add(grant: Grant): Promise<boolean> {
		return this.change(async records => {
			const key = await this.key();
			const record = key === undefined ? undefined : readGrantRecord(asJson({ grant, mac: macOf(key, grant) }));
			return record === undefined ? undefined : [...records.filter(old => old.grant.id !== grant.id), record];
		});
	}

	remove(ids: readonly string[]): Promise<boolean> {
		return this.change(records => Promise.resolve(records.filter(({ grant }) => !ids.includes(grant.id))));
	}

	/** One change after the other, over what is on the disk now. Another window may write between; the last one counts. */
	private change(
		edit: (records: readonly GrantRecord[]) => Promise<readonly GrantRecord[] | undefined>,
	): Promise<boolean> {
		const run = this.queue.then(async () => {
			try {
				const now = this.options.clock.now();
				const records = await this.read();
				const edited = records === undefined ? undefined : await edit(records);
				if (edited === undefined) {
					return false;
				}
				const kept = edited
					.filter(({ grant }) => !hasExpired(grant, now))
					.sort(byEnd)
					.slice(-MAX_GRANTS);
				await writePrivateFile(this.file, `${JSON.stringify({ version: 1, grants: kept }, null, '\t')}\n`);
				this.content = { state: await this.stateOfDisk(), records: kept };
				return true;
			} catch (error) {
				return this.trouble(error);
			}
		});
		this.queue = run;
		return run;
	}

	private holding(records: readonly GrantRecord[]): readonly Grant[] {
		const now = this.options.clock.now();
		return records.map(({ grant }) => grant).filter(grant => !hasExpired(grant, now));
	}

	/** The records that are ours, from the disk where it changed; undefined where the file or the key cannot be used. */
	private async read(): Promise<readonly GrantRecord[] | undefined> {
		const key = await this.key();
		if (key === undefined) {
			return undefined;
		}
		const state = await this.stateOfDisk();
		const known = this.content;
		if (known?.state === state) {
			return known.records;
		}
		const text = await this.readText();
		const stored = text === undefined ? [] : listOf(text);
		if (stored === undefined) {
			this.refuse('the file of grants is not readable as such', undefined, state);
			return undefined;
		}
		const records = stored.flatMap(value => this.verified(key, value));
		this.content = { state, records };
		if (known !== undefined) {
			this.changed.fire();
		}
		return records;
	}

	private verified(key: Uint8Array, value: JsonValue): readonly GrantRecord[] {
		const record = readGrantRecord(value);
		const mark = JSON.stringify(value);
		if (record === undefined) {
			this.refuse('a record is not a grant, or not signed', undefined, mark);
			return [];
		}
		const right = Buffer.from(macOf(key, record.grant), 'hex');
		const given = Buffer.from(record.mac, 'hex');
		if (given.length !== right.length || !timingSafeEqual(given, right)) {
			this.refuse('its signature is not ours, or it was altered', record.grant.id, mark);
			return [];
		}
		return [record];
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

function macOf(key: Uint8Array, grant: Grant): string {
	return createHmac('sha256', key).update(signedText(grant)).digest('hex');
}

function listOf(text: string): readonly JsonValue[] | undefined {
	const parsed = parseJson(text, 'strict');
	const value = parsed.ok ? parsed.value : undefined;
	return isJsonObject(value) && value.version === 1 && isJsonArray(value.grants) ? value.grants : undefined;
}

function asJson(record: { readonly grant: Grant; readonly mac: string }): JsonValue {
	return record as unknown as JsonValue;
}

function byEnd(left: GrantRecord, right: GrantRecord): number {
	return (left.grant.expiresAt ?? 0) - (right.grant.expiresAt ?? 0);
}
