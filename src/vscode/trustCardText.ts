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
	return `level ${level} (${TRUST_LEVEL_NAMES[level].name})`;
}

/** One line for the tree, ours alone: `Verified, level 2 (Domain Validated)`, `FAILED`, `Declared, badge does not count`. */
export function identityLine(principal: Principal): string {
	const state = trustStateOf(principal);
	const word = TRUST_WORDS[state];
	if (state === 'verified' && principal.level !== undefined) {
		return `${word}, ${levelText(principal.level)}`;
	}
	return state === 'declared' && principal.badge === 'failed' ? `${word}, badge does not count` : word;
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
			return `It showed who it is${principal.level === '0' ? ' by a key of its own; nobody else vouches for it' : ''}. That says who answers, not what the server does: its calls are decided as before.`;
		case 'declared':
			return principal.badge === 'failed'
				? 'It names itself and shows a badge that does not count. Take the name as its own word.'
				: 'It names itself, and nothing proves it. Take the name as its own word.';
		case 'none':
			return `It does not say who it is${trustsAnybody ? '' : ', and you trust no issuer yet, so no badge would count'}. That is common, and no failure: what you reviewed and pinned still holds.`;
		case 'checking':
			return 'Who it is will be known once it has started and was asked.';
		case 'failed':
			return 'A check of its identity failed in a way that no honest server shows. Calls do not go there.';
	}
}

function identityFacts(principal: Principal): readonly TrustFact[] {
	const { did, level, issuer, domain, expires, pinnedIssuerKey, badge } = principal;
	const proven = principal.state === 'VERIFIED_PRINCIPAL' && !principal.blocked;
	const claimed = proven ? {} : { claimed: true as const };
	const keyNote = pinnedIssuerKey === true ? 'Its key is pinned in your settings.' : 'Its key was fetched from it.';
	return [
		...(issuer === undefined
			? []
			: [
					{
						...{ label: 'Who says so', value: cut(issuer), mono: true as const, ...claimed },
						...(proven && level !== '0' && { note: keyNote }),
					},
				]),
		...(proven && level !== undefined
			? [{ label: 'Trust level', value: `${level}: ${TRUST_LEVEL_NAMES[level].name}`, note: LEVEL_NOTES[level] }]
			: []),
		...(did === undefined ? [] : [{ label: 'Identity (DID)', value: cut(did), mono: true as const, ...claimed }]),
		...(domain === undefined ? [] : [{ label: 'Domain', value: cut(domain), mono: true as const, ...claimed }]),
		...(expires === undefined
			? []
			: [
					{
						...{ label: 'Badge ends', value: timeText(expires), ends: expires * 1000 },
						...(badge === 'failed' && { claimed: true as const }),
					},
				]),
	];
}

const LEVEL_NOTES: Readonly<Record<TrustLevel, string>> = {
	'0': 'A key that it made itself. It is the same as before, and no more.',
	'1': 'The issuer knows its account.',
	'2': 'The issuer saw that it controls the domain.',
	'3': 'The issuer looked at the organisation.',
	'4': 'The issuer looked at the organisation thoroughly.',
};

const BINDINGS: Readonly<Record<Principal['binding'], string>> = {
	ok: 'The identity belongs to the address that answered.',
	failed: 'The identity belongs to another address.',
	'not-applicable': 'It has no address of its own; what you reviewed is what is started.',
	skipped: 'Not checked: the address is a gateway that you named.',
};

const PROOFS: Readonly<Record<Principal['proof'], string>> = {
	ok: 'Proven in this session, for this server alone (v2).',
	legacy: 'Proven in this session, by the older form, which another server could relay.',
	failed: 'It could not prove it.',
	absent: 'Not proven: it was not asked, or does not answer that.',
};

function checkFacts(principal: Principal, now: number): readonly TrustFact[] {
	const { binding, proof, pin, pinnedSince, revocation, checkedAt, keyThumbprint, level, badge } = principal;
	const since = pinnedSince === undefined ? '' : `, first seen ${agoText(pinnedSince * 1000, now)}`;
	const pins: Readonly<Record<Principal['pin'], string>> = {
		match: `The same identity and key as before${since}.`,
		new: 'Seen for the first time, and remembered.',
		changed: `NOT the identity or key that was remembered${since}.`,
		none: 'Nothing is remembered.',
	};
	return [
		{ label: 'Address', value: BINDINGS[binding] },
		{ label: 'Key', value: PROOFS[proof] },
		{ label: 'Remembered', value: pins[pin] },
		...(badge === 'absent' || (revocation === undefined && badge === 'failed')
			? []
			: [{ label: 'Taken back?', value: revocationText(revocation, level, now) }]),
		...(keyThumbprint === undefined
			? []
			: [{ label: 'Key thumbprint', value: cut(keyThumbprint), mono: true as const }]),
		{ label: 'Checked', value: agoText(checkedAt * 1000, now) },
	];
}

function revocationText(revocation: Principal['revocation'], level: TrustLevel | undefined, now: number): string {
	if (revocation === undefined || revocation.source === 'none') {
		return level === '0' ? 'Self-signed badges cannot be taken back.' : 'Not known.';
	}
	const when = revocation.asOf === undefined ? '' : `, as of ${agoText(revocation.asOf * 1000, now)}`;
	return revocation.source === 'online' ? `No: its issuer was asked${when}.` : `No, by stored data${when}.`;
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
						label: 'Signed registry of',
						value: cut(signedBy),
						mono: true as const,
						note: 'Its signature held.',
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
	return Number.isNaN(date.getTime()) ? 'a time that is none' : `${date.toISOString().slice(0, 19)}Z`;
}

function cut(text: string): string {
	return text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT)}…`;
}
