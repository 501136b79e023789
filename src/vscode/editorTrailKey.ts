import type * as vscode from 'vscode';
import { type Clock } from '../base/clock';
import { errorText } from '../base/errors';
import { type Logger } from '../base/logger';
import { type TrailSigner } from '../domain/audit/checkpoint';
import { newTrailKey, trailKeyOfSeed, trailSigner } from '../storage/trailKey';
import { storedKey } from './storedKey';

const SECRET = 'mcpFirewall.trailKey';
/** Public keys that signed trails of this installation: raw, base64url, the newest last. */
const KNOWN = 'trailKeys';
const MAX_KNOWN = 50;
const PUBLIC_KEY = /^[A-Za-z0-9_-]{43}$/;
/** A keyring that asks a person for its password would keep every server from starting. */
const WAIT_MS = 5_000;

/** The key of this installation's trail, in the editor's secret storage. */
export interface EditorTrailKey {
	readonly signer: TrailSigner;
	/** What the trail has to say when entries are signed with another key than before; undefined where they are not. */
	readonly changed?: string;
}

/** What opening the key takes. */
export interface EditorTrailKeyOptions {
	readonly secrets: Pick<vscode.SecretStorage, 'get' | 'store'>;
	readonly memento: Pick<vscode.Memento, 'get' | 'update'>;
	/** Runs while no other window does so. */
	readonly alone: (make: () => Promise<void>) => Promise<void>;
	readonly clock: Clock;
	readonly logger: Logger;
}

/**
 * Made at first use; windows that come at the same time end with the same one. Where secret storage fails, or does not answer
 * within 5 seconds, the key is one of this window alone. Never rejects.
 */
export async function editorTrailKey(options: EditorTrailKeyOptions): Promise<EditorTrailKey> {
	const { memento, logger } = options;
	let trouble = 'secret storage holds what is no key of ours';
	const key = storedKey(
		SECRET,
		options.secrets,
		error => (trouble = `secret storage failed: ${errorText(error)}`),
		undefined,
		options.alone,
	);
	const seed = await inTime(options.clock, key.get(), () => (trouble = 'secret storage does not answer'));
	const signer = trailSigner(seed === undefined ? newTrailKey() : trailKeyOfSeed(seed));
	const known = trustedTrailKeys(memento);
	if (!known.includes(signer.publicKey)) {
		await Promise.resolve(memento.update(KNOWN, [...known, signer.publicKey].slice(-MAX_KNOWN))).catch(
			(error: unknown) => {
				logger.warn(`The public key of the audit trail could not be remembered: ${errorText(error)}`);
			},
		);
	}
	if (seed === undefined) {
		const changed = `the key is one of this window alone: ${trouble}`;
		logger.warn(`The audit trail is signed with a key that is lost with this window: ${trouble}.`);
		return { signer, changed };
	}
	return known.length === 0 || known.includes(signer.publicKey)
		? { signer }
		: { signer, changed: `a new key; the one before was ${known.at(-1) ?? ''}` };
}

/** The public keys (raw, base64url) whose signatures this installation made: the present one and those before it. */
export function trustedTrailKeys(memento: Pick<vscode.Memento, 'get'>): readonly string[] {
	const kept = memento.get<unknown>(KNOWN);
	const known: readonly unknown[] = Array.isArray(kept) ? kept : [];
	return known.filter((key): key is string => typeof key === 'string' && PUBLIC_KEY.test(key));
}

function inTime<T>(clock: Clock, promise: Promise<T>, onLate: () => void): Promise<T | undefined> {
	return new Promise(resolve => {
		const timer = clock.schedule(WAIT_MS, () => {
			onLate();
			resolve(undefined);
		});
		void promise
			.then(resolve, () => resolve(undefined))
			.finally(() => {
				timer.dispose();
			});
	});
}
