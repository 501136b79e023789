import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { errorText, isMissing } from '../base/errors';
import { isJsonObject } from '../base/json';
import { type Logger } from '../base/logger';
import { parseJson } from '../base/strictJson';
import {
	type PrincipalPin,
	type PrincipalPins,
	readPrincipalPin,
	type RememberedPin,
} from '../domain/identity/principalPin';
import { withFileLock } from './fileLock';
import { makePrivateDirectory, removeFile, writePrivateFile } from './privateFile';

const VERSION = 1;
const SERVER_ID = /^[A-Za-z0-9_-]{1,128}$/;
/** A pin is a DID of 2048 characters at most, a thumbprint and a time. */
const MAX_BYTES = 32 * 1024;
/** Servers that are remembered: far more than anybody has, and a bound for one that makes up launches. */
const MAX_PINS = 4096;

/**
 * Who servers were when they first proved it: one file (0600) for each, in a folder of the data directory that no guarded tool
 * reaches (invariant 9). Windows write one after the other; what lies there is read each time. INVARIANT: a file that is damaged,
 * of another version or too large says that the server has changed, not that it is new.
 */
export class PrincipalPinFiles implements PrincipalPins {
	constructor(
		private readonly directory: string,
		private readonly logger: Logger,
	) {}

	async load(serverId: string): Promise<RememberedPin> {
		const file = this.fileOf(serverId);
		if (file === undefined) {
			return { kind: 'damaged' };
		}
		try {
			if ((await stat(file)).size > MAX_BYTES) {
				throw new Error('it is too large');
			}
			const parsed = parseJson(await readFile(file, 'utf8'), 'strict');
			const value = parsed.ok && isJsonObject(parsed.value) ? parsed.value : {};
			const pin = readPrincipalPin(value.pin);
			if (value.version !== VERSION || value.server !== serverId || pin === undefined) {
				throw new Error('it is not whole, or of another version');
			}
			return { kind: 'pinned', pin };
		} catch (error) {
			if (isMissing(error)) {
				return { kind: 'none' };
			}
			this.logger.warn(`Who a server was cannot be read, so it counts as changed: ${errorText(error)}`);
			return { kind: 'damaged' };
		}
	}

	async remember(serverId: string, pin: PrincipalPin): Promise<RememberedPin> {
		const before = await this.load(serverId);
		const file = this.fileOf(serverId);
		if (before.kind !== 'none' || file === undefined) {
			return before;
		}
		try {
			await makePrivateDirectory(this.directory);
			const outcome = await withFileLock(file, async holds => {
				const now = await this.load(serverId);
				if (now.kind !== 'none') {
					return now;
				}
				const room = (await readdir(this.directory)).length < MAX_PINS;
				if (!room || !holds()) {
					throw new Error(room ? 'another process took over' : 'too many servers are remembered');
				}
				const content = { version: VERSION, server: serverId, pin };
				await writePrivateFile(file, `${JSON.stringify(content, undefined, '\t')}\n`);
				return { kind: 'pinned', pin } as const;
			});
			if (outcome.kind === 'ran') {
				return outcome.value;
			}
			throw new Error(outcome.problem);
		} catch (error) {
			this.logger.warn(`Who a server is could not be remembered: ${errorText(error)}`);
			return { kind: 'none' };
		}
	}

	async forget(serverId: string): Promise<boolean> {
		const file = this.fileOf(serverId);
		if (file === undefined) {
			return false;
		}
		try {
			await makePrivateDirectory(this.directory);
			const outcome = await withFileLock(file, () => removeFile(file));
			return outcome.kind === 'ran';
		} catch (error) {
			this.logger.warn(`Who a server was could not be forgotten: ${errorText(error)}`);
			return false;
		}
	}

	private fileOf(serverId: string): string | undefined {
		return SERVER_ID.test(serverId) ? join(this.directory, `${serverId}.json`) : undefined;
	}
}
