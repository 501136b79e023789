import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { errorText, isMissing } from '../base/errors';
import { isCount, isJsonArray, isJsonObject } from '../base/json';
import { type Logger } from '../base/logger';
import { parseJson } from '../base/strictJson';
import { type RevocationSnapshot, type RevocationStore } from '../domain/identity/revocation';
import { writePrivateFile } from './privateFile';
import { nodeSha256 } from './system';

const VERSION = 1;
const MAX_BYTES = 8 * 1024 * 1024;

/**
 * What issuers had revoked when they were last asked, one file (0600) for each in a folder of the data directory that no guarded
 * tool reaches. INVARIANT: what is damaged, of another issuer or too large is not there, and then badges of level 2 and above do
 * not count offline.
 */
export class RevocationFiles implements RevocationStore {
	constructor(
		private readonly directory: string,
		private readonly logger: Logger,
	) {}

	async load(issuer: string): Promise<RevocationSnapshot | undefined> {
		const file = this.fileOf(issuer);
		try {
			if ((await stat(file)).size > MAX_BYTES) {
				throw new Error('it is too large');
			}
			const parsed = parseJson(await readFile(file, 'utf8'), 'strict');
			const value = parsed.ok && isJsonObject(parsed.value) ? parsed.value : {};
			const { version, issuer: of, asOf, revoked } = value;
			if (
				version !== VERSION ||
				of !== issuer ||
				!isCount(asOf) ||
				!isJsonArray(revoked) ||
				!revoked.every(isText)
			) {
				throw new Error('it is not whole, or of another version');
			}
			return { asOf, revoked };
		} catch (error) {
			if (!isMissing(error)) {
				this.logger.warn(`What an issuer revoked cannot be read: ${errorText(error)}`);
			}
			return undefined;
		}
	}

	async save(issuer: string, { asOf, revoked }: RevocationSnapshot): Promise<void> {
		try {
			await writePrivateFile(
				this.fileOf(issuer),
				`${JSON.stringify({ version: VERSION, issuer, asOf, revoked })}\n`,
			);
		} catch (error) {
			this.logger.warn(`What an issuer revoked could not be kept: ${errorText(error)}`);
		}
	}

	private fileOf(issuer: string): string {
		return join(this.directory, `${nodeSha256(new TextEncoder().encode(issuer))}.json`);
	}
}

function isText(value: unknown): value is string {
	return typeof value === 'string';
}
