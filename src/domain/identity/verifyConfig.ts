import { type TrustLevel } from './trustLevel';
import { type TrustedIssuer, type TrustSettings } from './trustSettings';

/** How a server's identity is verified (RFC-007 §7.1, identity.md §3.3). Each option has an effect of its own. */
export interface VerifyConfig {
	/** Whose badges count, and how far; empty: nobody's. */
	readonly trustedIssuers: readonly TrustedIssuer[];
	/** The least level; one below it is not verified. */
	readonly minTrustLevel?: TrustLevel;
	/** Takes self-signed badges (level `0`). */
	readonly acceptLevelZero: boolean;
	/** did:key subjects whose self-signed badges count all the same. */
	readonly trustedKeys: readonly string[];
	/** Nothing is asked of the network: badges that need it do not count. */
	readonly offlineMode: boolean;
	/** The DID need not fit the address. Then it takes a proof of possession to be verified. */
	readonly skipOriginBinding: boolean;
	/** It takes a proof of possession that names this place (the second form), whatever else is known. */
	readonly requirePop: boolean;
	/**
	 * HTTPS origin of a gateway that the person trusts to lead to the server that the DID names: at this very origin the
	 * address is not compared, and the gateway's certificate does for a proof.
	 */
	readonly trustedGateway?: string;
	/** Admits `http:` addresses of this machine as places that a DID names, and keys of published tests. For tests only. */
	readonly development?: boolean;
}

/** The configuration of someone who trusts whom the settings name. */
export function verifyConfigOf(settings: TrustSettings): VerifyConfig {
	return {
		trustedIssuers: settings.issuers,
		acceptLevelZero: settings.acceptLevelZero,
		trustedKeys: settings.trustedKeys,
		offlineMode: settings.offline,
		skipOriginBinding: false,
		requirePop: false,
		development: settings.profile === 'dev' || settings.testKeys === true,
	};
}

/** True where anybody at all is trusted; otherwise nothing is asked for, and nothing is fetched. */
export function trustsAnybody(settings: Pick<TrustSettings, 'issuers' | 'acceptLevelZero' | 'trustedKeys'>): boolean {
	return settings.issuers.length > 0 || settings.acceptLevelZero || settings.trustedKeys.length > 0;
}
