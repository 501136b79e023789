import { readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errorText, isMissing } from '../base/errors';
import { canonicalJson, isJsonArray, isJsonObject, type JsonObject, ownMember } from '../base/json';
import { parseJson } from '../base/strictJson';
import { type TakenToken, type UsedTokens } from '../firewall/overrideDesk';
import { discoveryFolder } from './discoveryPlace';
import { withFileLock } from './fileLock';
import { makePrivateDirectory, syncDirectory, writePrivateFile } from './privateFile';

const MAX_BYTES = 4 * 1024 * 1024;
/** More are not used in a month by anybody who means well. Until there are as many none is forgotten, whatever the clock says. */
const MAX_TOKENS = 2_000;
/** Seconds that a used token is remembered after its end at the least: a clock that is set back must not bring it to life. */
const REMEMBERED = 30 * 24 * 3600;

/** One for all windows and gateways of a person, whatever their data directories: used is used. No guarded tool reaches it. */
function usedTokensFile(): string {
	return join(discoveryFolder(), 'used-tokens.json');
}

/** Those of this person and machine: what editors and gateways go by. `now` is milliseconds since 1970. */
export function usedTokensHere(now: () => number): UsedTokenFile {
	return new UsedTokenFile(usedTokensFile(), () => now() / 1000);
}

interface UsedToken {
	readonly jti: string;
	/** Unix seconds. */
	readonly exp: number;
}

/**
 * The tokens that were used on this machine, in one file, for all windows and gateways that share it. INVARIANT: a token is
 * taken once, whoever asks at the same time and whatever was restarted: what cannot be read, or written and brought to the disk,
 * is no permission.
 */
export class UsedTokenFile implements UsedTokens {
	constructor(
		private readonly file: string,
		/** Unix seconds. */
		private readonly now: () => number,
	) {}

	async take(jti: string, exp: number): Promise<TakenToken> {
		try {
			await makePrivateDirectory(dirname(this.file));
			const turn = await withFileLock(this.file, holds => this.takeAlone(jti, exp, holds));
			return turn.kind === 'ran' ? turn.value : { kind: 'trouble', why: turn.problem };
		} catch (error) {
			return { kind: 'trouble', why: errorText(error) };
		}
	}

	private async takeAlone(jti: string, exp: number, holds: () => boolean): Promise<TakenToken> {
		const used = await this.read();
		if (used === undefined) {
			return { kind: 'trouble', why: 'what was used before cannot be read' };
		}
		if (used.some(token => token.jti === jti)) {
			return { kind: 'used' };
		}
		const left = used.length < MAX_TOKENS ? used : used.filter(token => token.exp + REMEMBERED > this.now());
		if (left.length >= MAX_TOKENS) {
			return { kind: 'trouble', why: 'too many were used' };
		}
		if (!holds()) {
			return { kind: 'trouble', why: 'another process may be writing' };
		}
		await writePrivateFile(this.file, `${canonicalJson({ v: 1, used: [...left, { jti, exp }] })}\n`);
		await syncDirectory(dirname(this.file));
		return { kind: 'taken' };
	}

	/** Undefined for anything but a file of ours, or none at all. */
	private async read(): Promise<readonly (UsedToken & JsonObject)[] | undefined> {
		let text: string;
		try {
			const { size } = await stat(this.file);
			if (size > MAX_BYTES) {
				return undefined;
			}
			text = await readFile(this.file, 'utf8');
		} catch (error) {
			return isMissing(error) ? [] : undefined;
		}
		const parsed = parseJson(text, 'strict');
		const value = parsed.ok && isJsonObject(parsed.value) ? parsed.value : undefined;
		const used = ownMember(value, 'used');
		return value?.v === 1 && isJsonArray(used) && used.every(isUsedToken) ? used : undefined;
	}
}

function isUsedToken(value: unknown): value is UsedToken & JsonObject {
	return isJsonObject(value) && typeof value.jti === 'string' && typeof value.exp === 'number';
}
