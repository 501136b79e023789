import { generateKeyPairSync } from 'node:crypto';
import type * as vscode from 'vscode';
import { type Clock, type IdSource } from '../base/clock';
import { type Disposable } from '../base/disposable';
import { isJsonObject } from '../base/json';
import { parseJson } from '../base/strictJson';
import { didKeyOf } from '../domain/identity/did';
import { mintSelfSigned } from '../domain/identity/selfSigned';
import { type ImportedBadge, readImportedBadge } from './importedBadge';

/** What is shown to verified servers, without anything secret. */
export type CallerIdentity =
	| { readonly kind: 'none' }
	/** A key of one's own, level 0. */
	| { readonly kind: 'local'; readonly did: string }
	/** A badge that somebody issued. */
	| { readonly kind: 'imported'; readonly badge: ImportedBadge };

/** Where secrets lie: the editor's secret storage. */
export type CallerStorage = Pick<vscode.SecretStorage, 'get' | 'store' | 'delete'>;

const BADGE = 'callerBadge';
const KEY = 'callerKey';

/** Seconds that a badge which is minted for one server lives. */
const MINTED_SECONDS = 60;
/** Seconds that an imported badge has to live on at least, so that it does not end on its way. */
const LEAST_LEFT_SECONDS = 5;

interface PrivateJwk {
	readonly kty: 'OKP';
	readonly crv: 'Ed25519';
	readonly x: string;
	readonly d: string;
}

/**
 * The caller's own identity: one at a time, a local key or an imported badge. INVARIANT: what {@link badgeFor} gives names that server,
 * and that server alone, as its audience where we mint it, and names it where it was imported; neither key nor badge is logged.
 */
export class CallerIdentities implements Disposable {
	private readonly subscription: Disposable | undefined;
	private askedKept = 0;
	private minted = new Map<string, { readonly token: string; readonly jti: string; readonly until: number }>();

	constructor(
		private readonly options: {
			readonly storage: CallerStorage;
			/** This window or another one changed it. */
			readonly onDidChange?: vscode.SecretStorage['onDidChange'];
			readonly clock: Pick<Clock, 'now'>;
			readonly ids: Pick<IdSource, 'uuid'>;
			/** Told at the start and after each change whether there is anything to remove. */
			readonly onKept?: (kept: boolean) => void;
		},
	) {
		this.subscription = options.onDidChange?.(({ key }) => {
			if (key === KEY || key === BADGE) {
				this.minted.clear();
				void this.tellKept();
			}
		});
		void this.tellKept();
	}

	/** What there is now. Storage that fails counts as none. */
	async current(): Promise<CallerIdentity> {
		const badge = await this.badge();
		if (badge !== undefined) {
			return { kind: 'imported', badge };
		}
		const key = await this.key();
		return key === undefined ? { kind: 'none' } : { kind: 'local', did: didKeyOf(publicOf(key)) };
	}

	/** Keeps a badge that {@link readImportedBadge} read, in place of whatever there was. */
	async keepBadge(badge: ImportedBadge): Promise<void> {
		await this.options.storage.store(BADGE, badge.token);
		await this.options.storage.delete(KEY);
		this.minted.clear();
	}

	/** Makes a key, in place of whatever there was; gives its DID. */
	async createLocal(): Promise<string> {
		const { privateKey } = generateKeyPairSync('ed25519');
		const { x = '', d = '' } = privateKey.export({ format: 'jwk' });
		const key: PrivateJwk = { kty: 'OKP', crv: 'Ed25519', x, d };
		await this.options.storage.store(KEY, JSON.stringify(key));
		await this.options.storage.delete(BADGE);
		this.minted.clear();
		return didKeyOf(publicOf(key));
	}

	/** Forgets key and badge. */
	async remove(): Promise<void> {
		this.minted.clear();
		await this.options.storage.delete(KEY);
		await this.options.storage.delete(BADGE);
	}

	/** A badge to show to the server of this DID; undefined where there is none for it. Never rejects. */
	async badgeFor(did: string): Promise<{ readonly token: string; readonly jti: string } | undefined> {
		try {
			const imported = await this.badge();
			if (imported !== undefined) {
				const { token, jti } = imported;
				return imported.aud.includes(did) ? { token, jti } : undefined;
			}
			return await this.mint(did);
		} catch {
			// A caller without a badge is anonymous, which is what servers have to reckon with anyhow.
			return undefined;
		}
	}

	dispose(): void {
		this.subscription?.dispose();
		this.minted.clear();
	}

	/** What is over, or cannot be read any more, is there to be removed all the same. */
	private async tellKept(): Promise<void> {
		const turn = ++this.askedKept;
		const kept = [await this.read(KEY), await this.read(BADGE)];
		if (turn === this.askedKept) {
			this.options.onKept?.(kept.some(text => text !== undefined));
		}
	}

	private async mint(did: string): Promise<{ readonly token: string; readonly jti: string } | undefined> {
		const now = Math.floor(this.options.clock.now() / 1000);
		const known = this.minted.get(did);
		if (known !== undefined && known.until > now) {
			return { token: known.token, jti: known.jti };
		}
		const privateJwk = await this.key();
		if (privateJwk === undefined) {
			return undefined;
		}
		const jti = this.options.ids.uuid();
		const token = await mintSelfSigned({ privateJwk, audience: did, now, ttlSeconds: MINTED_SECONDS, jti });
		this.minted.set(did, { token, jti, until: now + MINTED_SECONDS / 2 });
		return { token, jti };
	}

	/** The imported badge; undefined where there is none, or it is over. */
	private async badge(): Promise<ImportedBadge | undefined> {
		const token = await this.read(BADGE);
		const now = Math.floor(this.options.clock.now() / 1000);
		const read = token === undefined ? undefined : readImportedBadge(token, now + LEAST_LEFT_SECONDS);
		return read !== undefined && 'badge' in read ? read.badge : undefined;
	}

	private async key(): Promise<PrivateJwk | undefined> {
		const text = await this.read(KEY);
		const parsed = parseJson(text ?? 'null', 'strict');
		if (!parsed.ok || !isJsonObject(parsed.value)) {
			return undefined;
		}
		const { kty, crv, x, d } = parsed.value;
		const whole = kty === 'OKP' && crv === 'Ed25519' && isBytes(x) && isBytes(d);
		return whole ? { kty, crv, x, d } : undefined;
	}

	private async read(name: string): Promise<string | undefined> {
		try {
			return await this.options.storage.get(name);
		} catch {
			return undefined;
		}
	}
}

function publicOf({ kty, crv, x }: PrivateJwk) {
	return { kty, crv, x } as const;
}

function isBytes(value: unknown): value is string {
	return typeof value === 'string' && /^[A-Za-z0-9_-]{43}$/.test(value);
}
