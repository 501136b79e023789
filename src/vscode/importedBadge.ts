import { isJsonArray, isJsonObject } from '../base/json';
import { parseJson } from '../base/strictJson';
import { checkCallerBadge } from '../domain/identity/callerBadge';
import { readCompactJws } from '../domain/identity/compactJws';
import { isTrustLevel, type TrustLevel } from '../domain/identity/trustLevel';
import { quoteForPerson } from './quote';
import { say } from './say';
import { levelText } from './trustCardText';
import { clockText } from './timeText';

/** A badge of the caller, as it says of itself. Whoever it is shown to verifies it; here only its form is looked at. */
export interface ImportedBadge {
	/** A secret: never logged, never in the trail. */
	readonly token: string;
	readonly jti: string;
	readonly iss: string;
	readonly sub: string;
	/** The one DID that it may be shown to. */
	readonly aud: readonly string[];
	/** Unix seconds. */
	readonly exp: number;
	readonly level: TrustLevel;
}

/** UTF-16 units of a token (identity.md §6.2, 8). */
const MAX_TOKEN = 16_384;

/**
 * Reads what a person pasted as their badge (RFC-002 §4). One that names no audience is refused: whoever gets it could show it to
 * everybody. `now` is in unix seconds. The sentences quote nothing of it.
 */
export function readImportedBadge(
	token: string,
	now: number,
): { readonly badge: ImportedBadge } | { readonly problem: string } {
	const jws = token.length > MAX_TOKEN ? undefined : readCompactJws(token);
	if (jws === undefined) {
		return {
			problem: say('This is no badge: it has to be a compact JWS, three parts with full stops between them.'),
		};
	}
	if (jws.header.alg !== 'EdDSA' || jws.header.typ !== 'JWT') {
		return { problem: say('This is no badge: its header has to say alg EdDSA and typ JWT.') };
	}
	const parsed = parseJson(new TextDecoder().decode(jws.payload), 'strict');
	const claims = parsed.ok && isJsonObject(parsed.value) ? parsed.value : {};
	const { jti, iss, sub, aud, exp, vc } = claims;
	const subject = isJsonObject(vc) ? vc.credentialSubject : undefined;
	const level = isJsonObject(subject) ? subject.level : undefined;
	if (!isText(jti) || !isText(iss) || !isText(sub) || !sub.startsWith('did:') || !isTrustLevel(level)) {
		return { problem: say('This is no badge: it lacks its id, issuer, subject or level.') };
	}
	if (typeof exp !== 'number' || !Number.isSafeInteger(exp)) {
		return { problem: say('This is no badge: it does not say when it ends.') };
	}
	const audience = isJsonArray(aud) && aud.every(isText) ? aud : [];
	if (audience.length === 0) {
		return {
			problem: say(
				'It names no audience, so every server that gets it could show it to others. Ask for a badge with the DIDs of your servers as “aud”.',
			),
		};
	}
	if (exp <= now) {
		return { problem: say('It has expired.') };
	}
	const [only = '', ...others] = audience;
	if (others.length > 0) {
		return {
			problem: say(
				'It names several audiences, so each of them could show it to the others. Ask for one badge for each server.',
			),
		};
	}
	const shown = checkCallerBadge(token, only, now);
	if (!shown.ok) {
		return { problem: say('It would be shown to nobody: {0}.', say(shown.why)) };
	}
	return { badge: { ...{ token, jti, iss, sub, exp, level }, aud: audience } };
}

/** What a badge says, for whoever is to keep it. `now` in milliseconds. */
export function importedBadgeText(badge: ImportedBadge, now: number): string {
	const { iss, sub, aud, exp, level } = badge;
	return [
		say('Subject: {0}', quoteForPerson(sub, 300)),
		say('Issuer: {0}', quoteForPerson(iss, 300)),
		say('Level: {0}, as it says; servers check that themselves.', levelText(level)),
		say('May be shown to: {0}', quoteForPerson(aud.join(', '), 600)),
		say('Ends: {0}', clockText(exp * 1000, now, 'seconds')),
	].join('\n');
}

function isText(value: unknown): value is string {
	return typeof value === 'string' && value !== '' && value.length <= 2048;
}
