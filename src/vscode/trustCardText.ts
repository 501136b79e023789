import { parseDid } from '../domain/identity/did';
import { type Principal } from '../domain/identity/principal';
import { TRUST_LEVEL_NAMES, type TrustLevel } from '../domain/identity/trustLevel';
import { type ServerEntry } from '../domain/registry/serverEntry';
import {
	TRUST_WORDS,
	type TrustAction,
	type TrustCard,
	type TrustFact,
	type TrustState,
} from '../shared/trustProtocol';
import { identityProblems } from './identityProblems';
import { saidTable, say } from './say';
import { supplyFacts } from './supplyFacts';
import { agoText } from './timeText';

/** UTF-16 units of one text of a server that go to the page. */
const MAX_TEXT = 2_000;

/** What the card is made of. */
export interface TrustCardFacts {
	readonly entry: Pick<ServerEntry, 'name' | 'launch' | 'supply' | 'signedBy'>;
	readonly principal: Principal;
	/** What the policy in force asks of it (`identityAsks`). */
	readonly asks: readonly string[];
	/** False where the settings trust nobody: then no badge can count. */
	readonly trustsAnybody: boolean;
	/** Milliseconds since 1970. */
	readonly now: number;
}

/** What an identity amounts to, for people. INVARIANT: `blocked` is `failed`, whatever else it is; only a verified one is `verified`. */
export function trustStateOf(principal: Principal): TrustState {
	if (principal.blocked) {
		return 'failed';
	}
	if (principal.pending === true) {
		return 'checking';
	}
	switch (principal.state) {
		case 'VERIFIED_PRINCIPAL':
			return 'verified';
		case 'DECLARED_PRINCIPAL':
			return 'declared';
		case 'UNVERIFIED_ORIGIN':
			return 'none';
	}
}

/** `level 2 (Domain Validated)`. */
export function levelText(level: TrustLevel): string {
	return say('level {0} ({1})', level, TRUST_LEVEL_NAMES[level].name);
}

/** One line for the tree, ours alone: `Verified, level 2 (Domain Validated)`, `FAILED`, `Declared, badge does not count`. */
export function identityLine(principal: Principal): string {
	const state = trustStateOf(principal);
	const word = say(TRUST_WORDS[state]);
	if (state === 'verified' && principal.level !== undefined) {
		return `${word}, ${levelText(principal.level)}`;
	}
	return state === 'declared' && principal.badge === 'failed' ? say('{0}, badge does not count', word) : word;
}

/** Everything that the trust card shows. Pure; texts of the server go through as data, cut to a length. */
export function trustCard(facts: TrustCardFacts): TrustCard {
	const { entry, principal, now } = facts;
	const state = trustStateOf(principal);
	return {
		...{ serverName: cut(entry.name), state, meaning: meaningOf(state, facts), now },
		// While nothing is known yet, nothing is wrong.
		problems: state === 'checking' ? [] : identityProblems(principal),
		identity: identityFacts(principal),
		checks: state === 'none' || state === 'checking' ? [] : checkFacts(principal, now),
		provenance: provenanceFacts(entry),
		asks: facts.asks,
		actions: actionsOf(principal),
	};
}

function meaningOf(state: TrustState, { principal, trustsAnybody }: TrustCardFacts): string {
	switch (state) {
		case 'verified':
			return principal.level === '0'
				? say(
						'It showed who it is by a key of its own; nobody else vouches for it. That says who answers, not what the server does: its calls are decided as before.',
					)
				: say(
						'It showed who it is. That says who answers, not what the server does: its calls are decided as before.',
					);
		case 'declared':
			return principal.badge === 'failed'
				? say('It names itself and shows a badge that does not count. Take the name as its own word.')
				: say('It names itself, and nothing proves it. Take the name as its own word.');
		case 'none':
			return trustsAnybody
				? say(
						'It does not say who it is. That is common, and no failure: what you reviewed and pinned still holds.',
					)
				: say(
						'It does not say who it is, and you trust no issuer yet, so no badge would count. That is common, and no failure: what you reviewed and pinned still holds.',
					);
		case 'checking':
			return say('Who it is will be known once it has started and was asked.');
		case 'failed':
			return say('A check of its identity failed in a way that no honest server shows. Calls do not go there.');
	}
}

function identityFacts(principal: Principal): readonly TrustFact[] {
	const { did, level, issuer, domain, expires, pinnedIssuerKey, badge } = principal;
	const proven = principal.state === 'VERIFIED_PRINCIPAL' && !principal.blocked;
	const claimed = proven ? {} : { claimed: true as const };
	const keyNote =
		pinnedIssuerKey === true ? say('Its key is pinned in your settings.') : say('Its key was fetched from it.');
	return [
		...(issuer === undefined
			? []
			: [
					{
						...{ label: say('Who says so'), value: cut(issuer), mono: true as const, ...claimed },
						...(proven && level !== '0' && { note: keyNote }),
					},
				]),
		...(proven && level !== undefined
			? [
					{
						label: say('Trust level'),
						value: `${level}: ${TRUST_LEVEL_NAMES[level].name}`,
						note: LEVEL_NOTES[level],
					},
				]
			: []),
		...(did === undefined
			? []
			: [{ label: say('Identity (DID)'), value: cut(did), mono: true as const, ...claimed }]),
		...(domain === undefined
			? []
			: [{ label: say('Domain'), value: cut(domain), mono: true as const, ...claimed }]),
		...(expires === undefined
			? []
			: [
					{
						...{ label: say('Badge ends'), value: timeText(expires), ends: expires * 1000 },
						...(badge === 'failed' && { claimed: true as const }),
					},
				]),
	];
}

const LEVEL_NOTES: Readonly<Record<TrustLevel, string>> = saidTable({
	'0': 'A key that it made itself. It is the same as before, and no more.',
	'1': 'The issuer knows its account.',
	'2': 'The issuer saw that it controls the domain.',
	'3': 'The issuer looked at the organisation.',
	'4': 'The issuer looked at the organisation thoroughly.',
});

const BINDINGS: Readonly<Record<Principal['binding'], string>> = saidTable({
	ok: 'The identity belongs to the address that answered.',
	failed: 'The identity belongs to another address.',
	'not-applicable': 'It has no address of its own; what you reviewed is what is started.',
	skipped: 'Not checked: the address is a gateway that you named.',
});

const PROOFS: Readonly<Record<Principal['proof'], string>> = saidTable({
	ok: 'Proven in this session, for this server alone (v2).',
	legacy: 'Proven in this session, by the older form, which another server could relay.',
	failed: 'It could not prove it.',
	absent: 'Not proven: it was not asked, or does not answer that.',
});

function checkFacts(principal: Principal, now: number): readonly TrustFact[] {
	const { binding, proof, pin, pinnedSince, revocation, checkedAt, keyThumbprint, level, badge } = principal;
	const since = pinnedSince === undefined ? undefined : agoText(pinnedSince * 1000, now);
	const pins: Readonly<Record<Principal['pin'], string>> = {
		match:
			since === undefined
				? say('The same identity and key as before.')
				: say('The same identity and key as before, first seen {0}.', since),
		new: say('Seen for the first time, and remembered.'),
		changed:
			since === undefined
				? say('NOT the identity or key that was remembered.')
				: say('NOT the identity or key that was remembered, first seen {0}.', since),
		none: say('Nothing is remembered.'),
	};
	return [
		{ label: say('Address'), value: BINDINGS[binding] },
		{ label: say('Key'), value: PROOFS[proof] },
		{ label: say('Remembered'), value: pins[pin] },
		...(badge === 'absent' || (revocation === undefined && badge === 'failed')
			? []
			: [{ label: say('Taken back?'), value: revocationText(revocation, level, now) }]),
		...(keyThumbprint === undefined
			? []
			: [{ label: say('Key thumbprint'), value: cut(keyThumbprint), mono: true as const }]),
		{ label: say('Checked'), value: agoText(checkedAt * 1000, now) },
	];
}

function revocationText(revocation: Principal['revocation'], level: TrustLevel | undefined, now: number): string {
	if (revocation === undefined || revocation.source === 'none') {
		return level === '0' ? say('Self-signed badges cannot be taken back.') : say('Not known.');
	}
	const online = revocation.source === 'online';
	if (revocation.asOf === undefined) {
		return online ? say('No: its issuer was asked.') : say('No, by stored data.');
	}
	const when = agoText(revocation.asOf * 1000, now);
	return online ? say('No: its issuer was asked, as of {0}.', when) : say('No, by stored data, as of {0}.', when);
}

function provenanceFacts({ supply, signedBy }: TrustCardFacts['entry']): readonly TrustFact[] {
	return [
		...supplyFacts(supply).map(({ label, value, claimed }) => ({
			...{ label, value: cut(value), mono: true as const },
			...(claimed === true && { claimed }),
		})),
		...(signedBy === undefined
			? []
			: [
					{
						label: say('Signed registry of'),
						value: cut(signedBy),
						mono: true as const,
						note: say('Its signature held.'),
					},
				]),
	];
}

function actionsOf({ did, cause, errors, issuer, pin }: Principal): readonly TrustAction[] {
	const untrusted = cause === 'BADGE_ISSUER_UNTRUSTED' || errors.includes('SERVER_ISSUER_UNTRUSTED');
	return [
		'check',
		...(untrusted && issuer !== undefined ? ['addIssuer' as const] : []),
		// What is no DID may be anything, such as a command that waits to be pasted into a terminal.
		...(did === undefined || parseDid(did) === undefined ? [] : ['copyDid' as const]),
		...(pin === 'none' ? [] : ['forget' as const]),
	];
}

/** A time of a badge; it may lie beyond what a date can hold. */
function timeText(seconds: number): string {
	const date = new Date(seconds * 1000);
	return Number.isNaN(date.getTime()) ? say('a time that is none') : `${date.toISOString().slice(0, 19)}Z`;
}

function cut(text: string): string {
	return text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT)}…`;
}
