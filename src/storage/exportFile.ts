import { randomBytes } from 'node:crypto';
import { type FileHandle, link, lstat, open, rename, rm } from 'node:fs/promises';
import { errorText, FirewallError } from '../base/errors';
import { phrase } from '../base/phrase';
import { pastBusy } from './pastBusy';

/** Bytes that are gathered before they are written. */
const BUFFER_UNITS = 256 * 1024;

/**
 * A file that appears whole or not at all (0600): it is written beside its place under another name. Nothing stands in its
 * place before {@link keep}. Rejects with `export-failed`; whoever opened it calls `keep` or {@link discard}.
 */
export class ExportFile {
	private parts: string[] = [];
	private units = 0;

	private constructor(
		readonly path: string,
		private readonly temporary: string,
		private readonly handle: FileHandle,
		private readonly overwrite: boolean,
	) {}

	/** Refuses a place that is taken, unless it may be overwritten. The folder has to be there. */
	static async open(path: string, overwrite: boolean): Promise<ExportFile> {
		if (!overwrite && (await exists(path))) {
			throw taken(path);
		}
		const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
		return trying(path, async () => new ExportFile(path, temporary, await open(temporary, 'wx', 0o600), overwrite));
	}

	async write(data: string | Uint8Array): Promise<void> {
		if (typeof data !== 'string') {
			await this.flush();
			await trying(this.path, () => this.handle.writeFile(data));
			return;
		}
		this.parts.push(data);
		this.units += data.length;
		if (this.units >= BUFFER_UNITS) {
			await this.flush();
		}
	}

	/** Puts it in its place, on the disk. Rejects where something has come to stand there meanwhile. */
	async keep(): Promise<void> {
		await this.flush();
		await trying(this.path, async () => {
			await this.handle.sync();
			await this.handle.close();
			const put = () => pastBusy(() => rename(this.temporary, this.path));
			if (this.overwrite) {
				await put();
				return;
			}
			try {
				// Unlike renaming, linking fails where the name is taken.
				await link(this.temporary, this.path);
				await pastBusy(() => rm(this.temporary));
			} catch (error) {
				// Some file systems have no links.
				if (codeOf(error) === 'EEXIST' || (await exists(this.path))) {
					throw taken(this.path);
				}
				await put();
			}
		});
	}

	/** Removes what was written; nothing to do after {@link keep}. Never rejects. */
	async discard(): Promise<void> {
		await this.handle.close().catch(() => undefined);
		await rm(this.temporary, { force: true }).catch(() => undefined);
	}

	private async flush(): Promise<void> {
		const text = this.parts.join('');
		this.parts = [];
		this.units = 0;
		if (text !== '') {
			await trying(this.path, () => this.handle.writeFile(text));
		}
	}
}

async function trying<T>(path: string, work: () => Promise<T>): Promise<T> {
	try {
		return await work();
	} catch (error) {
		if (error instanceof FirewallError) {
			throw error;
		}
		throw new FirewallError('export-failed', phrase('{0} cannot be written: {1}', path, errorText(error)), {
			cause: error,
		});
	}
}

async function exists(path: string): Promise<boolean> {
	return lstat(path).then(
		() => true,
		() => false,
	);
}

function taken(path: string): FirewallError {
	return new FirewallError(
		'export-failed',
		`${path} exists already; name another file, or say that it may be overwritten`,
	);
}

function codeOf(error: unknown): unknown {
	return error instanceof Error && 'code' in error ? error.code : undefined;
}
