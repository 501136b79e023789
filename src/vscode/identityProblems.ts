import { phrase } from '../base/phrase';
import { type BadgeErrorCode } from '../domain/identity/badge';
import { BADGE_FAILURES } from '../domain/identity/badgeFailure';
import { type Principal, type ServerErrorCode } from '../domain/identity/principal';
import { type TrustProblem } from '../shared/trustProtocol';
import { saidTable } from './say';

type Words = Pick<TrustProblem, 'sentence' | 'advice'>;

const CHECK_AGAIN = phrase('Check again later; if it stays so, ask whoever runs the server.');
const DO_NOT_USE = phrase('Do not use it until whoever runs it has explained this.');

const SERVER: Readonly<Record<ServerErrorCode, Words>> = {
	SERVER_IDENTITY_MISSING: saidTable({
		sentence: 'The server says nothing about who it is.',
		advice: 'Most servers do not. What was reviewed and pinned still holds; nothing else has to be done.',
	}),
	SERVER_BADGE_MISSING: saidTable({
		sentence: 'It names itself, and nobody vouches for that.',
		advice: 'Take the name as its own word. A badge of an issuer that you trust would prove it.',
	}),
	SERVER_BADGE_INVALID: saidTable({
		sentence: 'Its badge does not count.',
		advice: 'Take its name as its own word, and ask whoever runs it for a badge that holds.',
	}),
	SERVER_BADGE_REVOKED: saidTable({
		sentence: 'Its issuer has taken the badge back.',
		advice: DO_NOT_USE,
	}),
	SERVER_TRUST_INSUFFICIENT: saidTable({
		sentence: 'Its trust level is lower than what is asked for.',
		advice: 'It needs a badge of a higher level, or the policy has to ask for less.',
	}),
	SERVER_DID_MISMATCH: saidTable({
		sentence: 'The badge, or another place where it names itself, is about somebody else.',
		advice: phrase('It may have been copied from another server. {0}', DO_NOT_USE),
	}),
	SERVER_ISSUER_UNTRUSTED: saidTable({
		sentence: 'Its badge comes from an issuer that you do not trust, or not for this level.',
		advice: 'If you know the issuer, add it with “Add Issuer…”. Until then nothing of the badge is believed, and the issuer was not asked.',
	}),
	SERVER_DOMAIN_MISMATCH: saidTable({
		sentence: 'The identity belongs to another host than the one that answered.',
		advice: phrase('Somebody else may be showing it. {0}', DO_NOT_USE),
	}),
	SERVER_PATH_MISMATCH: saidTable({
		sentence: 'The identity belongs to another path of this host than the one that answered.',
		advice: phrase('Another server of the same host may be showing it. {0}', DO_NOT_USE),
	}),
	SERVER_DID_RESOLUTION_FAILED: saidTable({
		sentence: 'The name that it gives cannot be read or looked up.',
		advice: CHECK_AGAIN,
	}),
	SERVER_POP_FAILED: saidTable({
		sentence: 'It could not show that it holds the key of its badge.',
		advice: phrase('The badge may have been copied. {0}', DO_NOT_USE),
	}),
	SERVER_POP_EXPIRED: saidTable({
		sentence: 'Its proof that it holds the key came too late.',
		advice: CHECK_AGAIN,
	}),
	SERVER_KEY_FETCH_FAILED: saidTable({
		sentence: 'The key to check it with cannot be fetched.',
		advice: phrase('{0} Pinned keys of the issuer need no network.', CHECK_AGAIN),
	}),
};

const CAUSES: Readonly<Record<BadgeErrorCode, Words>> = {
	BADGE_MALFORMED: saidTable({
		sentence: 'What it shows as a badge is none.',
		advice: 'Take its name as its own word, and tell whoever runs it.',
	}),
	BADGE_SIGNATURE_INVALID: saidTable({
		sentence: 'The signature of its badge is wrong: the badge is forged, or was altered.',
		advice: DO_NOT_USE,
	}),
	BADGE_EXPIRED: saidTable({
		sentence: 'Its badge has expired.',
		advice: 'Badges live for minutes: check again, so that it shows a new one. If it shows none, it runs without renewing it.',
	}),
	BADGE_NOT_YET_VALID: saidTable({
		sentence: 'Its badge is not valid yet.',
		advice: 'One of the clocks is wrong: compare yours with the time of the server.',
	}),
	BADGE_ISSUER_UNTRUSTED: SERVER.SERVER_ISSUER_UNTRUSTED,
	BADGE_AUDIENCE_MISMATCH: saidTable({
		sentence: 'Its badge was issued to be shown to somebody else.',
		advice: 'If you are meant, put what the badge names into “Identity: Audience” of the settings.',
	}),
	BADGE_REVOKED: SERVER.SERVER_BADGE_REVOKED,
	BADGE_CLAIMS_INVALID: saidTable({
		sentence: 'Its badge breaks the rules for badges.',
		advice: 'Take its name as its own word, and tell whoever runs it.',
	}),
	BADGE_AGENT_DISABLED: saidTable({
		sentence: 'Its issuer has disabled the server.',
		advice: DO_NOT_USE,
	}),
	REVOCATION_CHECK_FAILED: saidTable({
		sentence: 'It cannot be told whether its badge was taken back.',
		advice: CHECK_AGAIN,
	}),
};

/** A changed pin has no code of its own. */
const CHANGED: Words = saidTable({
	sentence: 'It is not the identity or key that was remembered when the server was first seen with one.',
	advice: 'If whoever runs it has changed its key, forget what is remembered with “Forget Identity…” and check again. Otherwise do not use it.',
});

/** What is wrong with an identity, gravest first: each code once, with what it means and what to do. Nothing of the server is in it. */
export function identityProblems(principal: Principal): readonly TrustProblem[] {
	const { errors, cause, blocked, pin } = principal;
	const changed = pin === 'changed' ? [{ code: 'IDENTITY_CHANGED', ...CHANGED, grave: true }] : [];
	const codes = [...new Set(errors)];
	const named = codes.map((code, at) => {
		// The badge's own reason says more than that it does not count.
		const words = cause !== undefined && isAboutBadge(code) ? CAUSES[cause] : SERVER[code];
		return { code: cause !== undefined && isAboutBadge(code) ? cause : code, ...words, grave: blocked && at === 0 };
	});
	return [...changed, ...named];
}

function isAboutBadge(code: ServerErrorCode): boolean {
	return ABOUT_BADGE.has(code);
}

/** What the reasons why a badge does not count become for its server. */
const ABOUT_BADGE: ReadonlySet<ServerErrorCode> = new Set(
	Object.values(BADGE_FAILURES).map(({ code }): ServerErrorCode => code),
);
