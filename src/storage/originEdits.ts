import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { sha256Hex } from '../base/digest';
import { errorText } from '../base/errors';
import { insertServer } from '../domain/registry/insertServer';
import { SERVERS_PATH } from '../domain/registry/originFormat';
import { findServer, removeServer } from '../domain/registry/removeServer';
import { replaceServer } from '../domain/registry/replaceServer';
import { isWithin, type OriginFile, readOriginFile, replaceOriginFile } from './originFile';
import {
	type BackupPlace,
	type OriginRecord,
	readOriginRecords,
	removeOriginRecord,
	writeOriginRecord,
} from './originRecord';
import { replaceFile } from './privateFile';

/** One server to take out of the file that defines it. */
export interface AdoptRequest {
	readonly file: string;
	/** The directory that the file must not leave through links. */
	readonly within: string;
	readonly name: string;
	/** The keys that lead to the object that holds the server; absent: `servers`. */
	readonly at?: readonly string[];
	/** What to leave in its place, as the text of a property, for clients that read the file themselves. */
	readonly instead?: string;
	readonly serverId: string;
	readonly backups: BackupPlace;
	/** SHA-256 of the bytes that were reviewed; another file is refused. */
	readonly expectedDigest: string;
	/** Id of the record (UUIDv7) and ISO 8601 time: both come in as parameters. */
	readonly id: string;
	readonly takenAt: string;
}

/** Takes a server out of its file, or puts another in its place. The record is on the disk before the file changes. Never rejects. */
export async function adoptOrigin(
	request: AdoptRequest,
): Promise<{ readonly record: OriginRecord } | { readonly problem: string }> {
	const { file, within, name, serverId, backups, id, takenAt } = request;
	const read = await readOriginFile(file, within);
	if (read.kind !== 'file') {
		return { problem: read.kind === 'missing' ? 'it is not there any more' : read.problem };
	}
	if (read.digest !== request.expectedDigest) {
		return { problem: 'it was changed meanwhile' };
	}
	const where = {
		...(request.at !== undefined && { at: request.at }),
		...(request.instead !== undefined && { instead: request.instead }),
	};
	const removed = edited(read.text, { name, ...where });
	if ('problem' in removed) {
		return removed;
	}
	const record: OriginRecord = {
		...{ version: 1, id, serverId, name, file, within, takenAt, ...where },
		...{ before: read.text, beforeDigest: read.digest, afterDigest: sha256Hex(removed.text) },
		property: removed.property,
	};
	try {
		await writeOriginRecord(backups, record);
		const problem = await replaceOriginFile(read, within, removed.text);
		if (problem !== undefined) {
			await removeOriginRecord(backups, record);
			return { problem };
		}
	} catch (error) {
		return { problem: errorText(error) };
	}
	return { record };
}

/** The text after what a record says was done to it. */
function edited(text: string, { name, at = SERVERS_PATH, instead }: Pick<OriginRecord, 'name' | 'at' | 'instead'>) {
	return instead === undefined ? removeServer(text, name, at) : replaceServer(text, name, instead, at);
}

/**
 * How an undo ended. `restored`: the file has its original bytes again, as far as this server is concerned.
 * `reinserted`: the file was edited meanwhile; the server's text was put back and the edits were kept. `already-there`:
 * the file has a server of this name again, which was left alone. The record stays after a `problem`, and while it holds
 * text that the file does not.
 */
export type UndoOutcome =
	| { readonly kind: 'restored' | 'reinserted' | 'already-there' }
	| { readonly kind: 'problem'; readonly problem: string };

/** Puts a server back where it came from. In whatever order records are undone, the last one gives the original bytes. */
export async function undoOrigin(record: OriginRecord, backups: BackupPlace): Promise<UndoOutcome> {
	try {
		const read = await readOriginFile(record.file, record.within);
		switch (read.kind) {
			case 'problem':
				return read;
			case 'missing':
				return await recreate(record, backups);
			case 'file':
				return (await restore(record, backups, read)) ?? (await reinsert(record, backups, read));
		}
	} catch (error) {
		return { kind: 'problem', problem: errorText(error) };
	}
}

/** Byte-exact: only when the file is what this removal, and others after it, left. Undefined when it is not. */
async function restore(record: OriginRecord, backups: BackupPlace, read: OriginFile): Promise<UndoOutcome | undefined> {
	const { records } = await readOriginRecords(backups);
	const chain = chainTo(read.digest, records, record);
	const at = chain.findIndex(({ id }) => id === record.id);
	if (at === -1) {
		return undefined;
	}
	let text = record.before;
	const moved: OriginRecord[] = [];
	for (const later of chain.slice(at + 1)) {
		const removed = edited(text, later);
		if ('problem' in removed) {
			return undefined;
		}
		const digests = { beforeDigest: sha256Hex(text), afterDigest: sha256Hex(removed.text) };
		moved.push({ ...later, before: text, ...digests, property: removed.property });
		text = removed.text;
	}
	const problem = await replaceOriginFile(read, record.within, text);
	if (problem !== undefined) {
		return { kind: 'problem', problem };
	}
	for (const later of moved) {
		await writeOriginRecord(backups, later);
	}
	await removeOriginRecord(backups, record);
	return { kind: 'restored' };
}

/** The removals, oldest first, that lead without a gap to the file as it is. */
function chainTo(digest: string, records: readonly OriginRecord[], of: OriginRecord): readonly OriginRecord[] {
	const left = records.filter(({ file, within }) => file === of.file && within === of.within);
	const chain: OriginRecord[] = [];
	for (let target = digest; ;) {
		const found = left.findLastIndex(({ afterDigest }) => afterDigest === target);
		const [step] = found === -1 ? [] : left.splice(found, 1);
		if (step === undefined) {
			return chain;
		}
		chain.unshift(step);
		target = step.beforeDigest;
	}
}

async function reinsert(record: OriginRecord, backups: BackupPlace, read: OriginFile): Promise<UndoOutcome> {
	const { name, at = SERVERS_PATH, property, instead } = record;
	const there = findServer(read.text, name, at);
	const { offset = 0, length = 0 } = 'problem' in there ? {} : there.member.property;
	const now = 'problem' in there ? undefined : read.text.slice(there.document.start).slice(offset, offset + length);
	const ours = instead !== undefined && now === instead;
	const result = ours ? replaceServer(read.text, name, property, at) : insertServer(read.text, name, property, at);
	if ('kind' in result && result.kind === 'already-there') {
		if (now === property) {
			await removeOriginRecord(backups, record);
		}
		return result;
	}
	if ('problem' in result) {
		return { kind: 'problem', problem: result.problem };
	}
	const problem = await replaceOriginFile(read, record.within, result.text);
	if (problem !== undefined) {
		return { kind: 'problem', problem };
	}
	await removeOriginRecord(backups, record);
	return { kind: 'reinserted' };
}

/** The file was deleted meanwhile: a new one holds this server alone, because the others were deleted with it. */
async function recreate(record: OriginRecord, backups: BackupPlace): Promise<UndoOutcome> {
	const result = insertServer('', record.name, record.property, record.at);
	if (result.kind !== 'inserted') {
		return result;
	}
	await mkdir(dirname(record.file), { recursive: true });
	if (!(await isWithin(dirname(record.file), record.within))) {
		return { kind: 'problem', problem: 'its folder is a link to a place outside' };
	}
	await replaceFile(record.file, result.text);
	await removeOriginRecord(backups, record);
	return { kind: 'reinserted' };
}
