import { type BadgeClaims } from './badge';
import { parseDid } from './did';
import { isInvalidHost } from './issuerOrigin';
import { reaches } from './trustLevel';
import { type TrustedIssuer, type TrustSettings } from './trustSettings';

/** Whether an issuer may vouch for what a badge claims. */
export type IssuerGate =
	| { readonly kind: 'issuer'; readonly issuer: TrustedIssuer }
	| { readonly kind: 'self' }
	| { readonly kind: 'closed'; readonly detail: string };

/**
 * Step 3 of RFC-002 §8.1. INVARIANT: it comes before any use of the network, rests on settings alone, and an empty list of issuers
 * trusts none.
 */
export function passIssuer(claims: BadgeClaims, settings: TrustSettings): IssuerGate {
	const { iss, sub, level } = claims;
	if (level === '0') {
		return settings.acceptLevelZero || settings.trustedKeys.includes(sub)
			? { kind: 'self' }
			: {
					kind: 'closed',
					detail: 'Self-signed badges are not accepted, and this key is not among those that are.',
				};
	}
	const issuer = settings.issuers.find(({ origin }) => origin === iss);
	if (issuer === undefined) {
		return { kind: 'closed', detail: 'Its issuer is not among those that are trusted.' };
	}
	if (isInvalidHost(iss) && settings.profile !== 'dev') {
		return { kind: 'closed', detail: 'Nobody can have a name below .invalid.' };
	}
	if (!reaches(issuer.maxLevel, level)) {
		return {
			kind: 'closed',
			detail: `Its issuer is trusted up to level ${issuer.maxLevel}, and it says ${level}.`,
		};
	}
	if (issuer.domains !== undefined && !areWithin(namesIn(claims), issuer.domains)) {
		return { kind: 'closed', detail: 'Its issuer is not trusted for this domain.' };
	}
	return { kind: 'issuer', issuer };
}

/** What a badge says of names: the domain, and the host of its subject's DID where that is not the issuer's own. */
function namesIn({ iss, sub, domain }: BadgeClaims): readonly string[] {
	const did = parseDid(sub);
	const host = did?.method === 'web' && did.host !== new URL(iss).host ? did.host.replace(/:\d+$/, '') : undefined;
	return [domain, host].filter(name => name !== undefined);
}

/** INVARIANT: a badge that names nothing lies within no domain. */
function areWithin(names: readonly string[], domains: readonly string[]): boolean {
	return (
		names.length > 0 && names.every(name => domains.some(within => name === within || name.endsWith(`.${within}`)))
	);
}
