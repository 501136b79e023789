import { isJsonObject, type JsonValue } from '../../base/json';
import { MAX_DID_CHARS } from './disclosure';

/** Who a server was when it first proved a DID: remembered by server id, and expected from then on (identity.md §6.2, 5). */
export interface PrincipalPin {
	readonly did: string;
	/** RFC 7638 thumbprint of the key that it proved, base64url. */
	readonly keyThumbprint: string;
	/** Unix seconds. */
	readonly since: number;
}

/** What is remembered of a server. INVARIANT: `damaged` counts as changed, never as new. */
export type RememberedPin =
	{ readonly kind: 'none' } | { readonly kind: 'pinned'; readonly pin: PrincipalPin } | { readonly kind: 'damaged' };

/** Where pins are kept, out of the reach of every tool. No method rejects. */
export interface PrincipalPins {
	load(serverId: string): Promise<RememberedPin>;
	/** Keeps a pin where there is none. Gives what is remembered afterwards: another window may have been first. */
	remember(serverId: string, pin: PrincipalPin): Promise<RememberedPin>;
	/** A person takes the server for whoever it is from now on. False when it cannot be forgotten. */
	forget(serverId: string): Promise<boolean>;
}

/** A pin from what was stored; undefined for what is none. */
export function readPrincipalPin(value: JsonValue | undefined): PrincipalPin | undefined {
	if (!isJsonObject(value)) {
		return undefined;
	}
	const { did, keyThumbprint, since } = value;
	const whole =
		typeof did === 'string' &&
		/^did:[a-z]+:.+$/.test(did) &&
		did.length <= MAX_DID_CHARS &&
		typeof keyThumbprint === 'string' &&
		/^[A-Za-z0-9_-]{43}$/.test(keyThumbprint) &&
		typeof since === 'number' &&
		Number.isSafeInteger(since) &&
		since >= 0;
	return whole ? { did, keyThumbprint, since } : undefined;
}

/**
 * What is disclosed now, against what is remembered. A server that was known by a DID and discloses none has changed. Without
 * a key that is known for sure, the DID alone is compared.
 */
export function comparePin(
	remembered: RememberedPin,
	did: string | undefined,
	keyThumbprint: string | undefined,
): 'none' | 'match' | 'changed' {
	switch (remembered.kind) {
		case 'none':
			return 'none';
		case 'damaged':
			return 'changed';
		case 'pinned': {
			const { pin } = remembered;
			const sameKey = keyThumbprint === undefined || keyThumbprint === pin.keyThumbprint;
			return did === pin.did && sameKey ? 'match' : 'changed';
		}
	}
}
