import type * as vscode from 'vscode';
import { type GrantKey } from '../storage/grantFile';

/** Where the key of this installation lies in the secret storage. */
const SECRET = 'grantKey:v1';
const KEY_BYTES = 32;

/**
 * The key that workspace grants are signed with: random, made once for each installation, kept in the editor's secret
 * storage and nowhere else. What lies there counts: it is read again after it was written, and forgotten here when another
 * window writes, so that two windows which make one at once end with the same.
 */
export class SecretGrantKey implements GrantKey, vscode.Disposable {
	private readonly subscription: vscode.Disposable;
	private known: Promise<Uint8Array | undefined> | undefined;

	/**
	 * @param random so many random bytes, from the operating system
	 * @param onTrouble told when the storage fails, with the reason; it holds no secret
	 */
	constructor(
		private readonly storage: Pick<vscode.SecretStorage, 'get' | 'store' | 'onDidChange'>,
		private readonly random: (bytes: number) => Uint8Array,
		private readonly onTrouble: (error: unknown) => void,
	) {
		this.subscription = storage.onDidChange(({ key }) => {
			if (key === SECRET) {
				this.known = undefined;
			}
		});
	}

	/** 32 bytes; undefined where the storage fails, and then there are no workspace grants. Never rejects. */
	async get(): Promise<Uint8Array | undefined> {
		const asked = (this.known ??= this.readOrMake());
		try {
			return await asked;
		} catch (error) {
			// The next call tries again: a keyring may have been locked.
			if (this.known === asked) {
				this.known = undefined;
			}
			this.onTrouble(error);
			return undefined;
		}
	}

	dispose(): void {
		this.subscription.dispose();
	}

	private async readOrMake(): Promise<Uint8Array | undefined> {
		const there = decode(await this.storage.get(SECRET));
		if (there !== undefined) {
			return there;
		}
		await this.storage.store(SECRET, Buffer.from(this.random(KEY_BYTES)).toString('base64'));
		return decode(await this.storage.get(SECRET));
	}
}

/** A text that is not the whole of a key is none: a new one is made, and what the old one signed does not hold. */
function decode(text: string | undefined): Uint8Array | undefined {
	const bytes = text === undefined ? undefined : new Uint8Array(Buffer.from(text, 'base64'));
	return bytes?.length === KEY_BYTES ? bytes : undefined;
}
