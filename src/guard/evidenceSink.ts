import { appendFileSync, mkdirSync } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { makePrivateDirectory } from '../storage/privateFile';
import { type EvidenceRecord } from './evidenceRecord';

/**
 * Where evidence goes: a directory for files of one UTC day each (`YYYY-MM-DD.jsonl`, 0600), a function, or nowhere.
 * Absent: `CAPISCIO_EVIDENCE_DIR`, or `~/.capiscio/evidence`.
 */
export type EvidenceTarget =
	{ readonly directory: string } | ((record: EvidenceRecord) => void | Promise<void>) | 'none';

/** Keeps records. Either way of keeping fails where a record could not be kept, and then the tool does not run. */
export interface EvidenceSink {
	keep(record: EvidenceRecord): Promise<void>;
	/** The same for callers that cannot wait. A function that answers with a promise is called, and not waited for. */
	keepNow(record: EvidenceRecord): void;
}

/** The sink of a target. */
export function evidenceSink(target: EvidenceTarget | undefined, directoryOfEnvironment?: string): EvidenceSink {
	if (target === 'none') {
		return { keep: () => Promise.resolve(), keepNow() {} };
	}
	if (typeof target === 'function') {
		return {
			keep: async record => {
				await target(record);
			},
			keepNow: record => {
				void Promise.resolve(target(record)).catch(() => {});
			},
		};
	}
	return fileSink(target?.directory ?? directoryOfEnvironment ?? join(homedir(), '.capiscio', 'evidence'));
}

/** Lines are appended whole, in the order in which they came; other processes may append to the same file. */
function fileSink(directory: string): EvidenceSink {
	let last = Promise.resolve();
	const place = (record: EvidenceRecord) => join(directory, `${record.timestamp.slice(0, 10)}.jsonl`);
	return {
		keep: record => {
			const written = last.then(async () => {
				await makePrivateDirectory(directory);
				await appendFile(place(record), lineOf(record), { mode: 0o600, flush: true });
			});
			// One line that could not be written must not stop those after it.
			last = written.catch(() => {});
			return written;
		},
		keepNow: record => {
			mkdirSync(directory, { recursive: true, mode: 0o700 });
			appendFileSync(place(record), lineOf(record), { mode: 0o600, flush: true });
		},
	};
}

function lineOf(record: EvidenceRecord): string {
	return `${JSON.stringify(record)}\n`;
}
