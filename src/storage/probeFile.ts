import { readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { errorText, isMissing } from '../base/errors';
import { isJsonObject } from '../base/json';
import { type Logger } from '../base/logger';
import { parseJson } from '../base/strictJson';
import { probeFindings, type ProbeMismatch } from '../domain/probe/probeFindings';
import { type ProbeReport } from '../domain/probe/probeReport';
import { readProbeReport } from '../domain/probe/readProbeReport';
import { writePrivateFile } from './privateFile';

/** The last probe of a server, and what it says against it. */
export interface KeptProbe {
	readonly report: ProbeReport;
	readonly mismatches: readonly ProbeMismatch[];
}

const VERSION = 1;
const SERVER_ID = /^[A-Za-z0-9_-]{1,128}$/;
const MAX_BYTES = 16 * 1024 * 1024;

/**
 * What probes saw: one file (0600) for each server, in a folder of the extension's storage that no guarded tool reaches
 * (invariant 9). A server is known by the digest of its launch, so that a changed launch has no probe.
 */
export class ProbeFile {
	constructor(
		private readonly directory: string,
		private readonly logger: Logger,
	) {}

	/** The last probe of a server. Never rejects: one that cannot be read is told, and counts for nothing. */
	async probeOf(serverId: string): Promise<KeptProbe | undefined> {
		try {
			const file = this.fileOf(serverId);
			if ((await stat(file)).size > MAX_BYTES) {
				throw new Error('it is too large');
			}
			const parsed = parseJson(await readFile(file, 'utf8'), 'strict');
			const value = parsed.ok && isJsonObject(parsed.value) ? parsed.value : {};
			const report = readProbeReport(value.report);
			if (value.version !== VERSION || value.server !== serverId || report === undefined) {
				throw new Error('it is not whole, or of another version');
			}
			return { report, mismatches: probeFindings(report) };
		} catch (error) {
			if (!isMissing(error)) {
				this.logger.warn(`The last probe of a server cannot be read: ${errorText(error)}`);
			}
			return undefined;
		}
	}

	/** Keeps a report in the place of the last one. Rejects where it cannot be written. */
	async save(serverId: string, report: ProbeReport): Promise<void> {
		const text = JSON.stringify({ version: VERSION, server: serverId, report }, undefined, '\t');
		await writePrivateFile(this.fileOf(serverId), `${text}\n`);
	}

	/** Forgets a server that is not guarded any more. */
	async drop(serverId: string): Promise<void> {
		await rm(this.fileOf(serverId), { force: true });
	}

	private fileOf(serverId: string): string {
		if (!SERVER_ID.test(serverId)) {
			throw new Error('this id names no file');
		}
		return join(this.directory, `${serverId}.json`);
	}
}
