import { type Steps } from '../../base/steps';
import { decodeSteps } from './decodeRuns';
import { type KnownValues } from './knownValues';
import { decodedHead } from './mediaType';
import { knownSightings, plainSightings, type Sighting } from './secretSightings';

/** A secret in a result, and what kind it is. */
export type ResultSecret = Pick<Sighting, 'rule' | 'start' | 'end'>;

/** Characters of decoded text that are looked through, for one text. */
const DECODE_BUDGET = 262_144;

/** Rules of what is known by its form wherever it stands. */
const BY_FORM = new Set(
	(
		'aws-access-key-id aws-secret-key github-token gitlab-token slack-token stripe-key ai-service-key google-api-key npm-token ' +
		'known-value'
	).split(' '),
);

/** What stands in documentation where a secret would stand. */
const PLACEHOLDER =
	/(.)\1{5}|example|your|changeme|change[-_]?(?:me|this)|placeholder|dummy|fake|redacted|sample|insert|replace|todo|foobar|test|passw|secret|\[masked|<|\$[({]?[A-Z_a-z]|\{|%\w|\*{3}|\.{3}|…|1234567|abcdef/i;

/** Names that say that their value is a secret, in `.env` files and exports: upper case, one word with such a part. */
const ENV_LINE =
	/^[ \t]{0,16}(?:export[ \t]{1,4}|set[ \t]{1,4}|-[ \t]{1,4}|ENV[ \t]{1,4})?(?<name>[A-Z][A-Z0-9_]{2,80})=["']?(?<secret>[^\s"'#;]{6,4096})/gm;
const SECRET_ENV_NAME =
	/(?:^|_)(?:PASS(?:WORD|WD|PHRASE)?|PWD|SECRETS?|TOKEN|APIKEY|KEY|CREDENTIALS?|AUTH|COOKIE|DSN|PAT)(?:_[A-Z0-9]{1,12})?$/;
const PUBLIC_ENV_NAME = /PUBLIC|PUBLISHABLE|_(?:ID|NAME|PATH|FILE|URL|HOST|TYPE|SIZE|LENGTH|TTL|EXPIR\w{0,12})$/;

/** A member, argument or header with such a name: `"client_secret": "…"`, `apiKey = '…'`, `Authorization: Bearer …`. */
const MEMBER =
	/(?:password|passwd|passphrase|secret|token|api[_-]?key|access[_-]?key(?:[_-]id)?|secret[_-]?key|private[_-]?key|authorization)\\?["']?\s{0,3}[:=]\s{0,3}(?:bearer\s{1,2}|basic\s{1,2})?\\?["']?(?<secret>[\w+/=.~!@#%^&*-]{12,4096})/gi;
const BEARER = /\b(?:Bearer|Basic)\s{1,2}(?<secret>[A-Za-z0-9._~+/=-]{20,8192})/g;
const URL_PASSWORD = /[a-z][a-z0-9+.-]{1,20}:\/\/[^\s:/@"'<>[\]]{0,256}:(?<secret>[^\s/"'<>@]{6,1024})@/gi;

/**
 * Secrets in one text of a result that are to be masked so that an agent can go on with its work: what is known by its form,
 * and values under secret names that look as if somebody generated them. Documentation, code and examples say `token:` all
 * the time; those stay. In order, without overlaps. Linear; attacker-controlled.
 */
export function* resultSecretSteps(text: string, known?: KnownValues): Steps<readonly ResultSecret[]> {
	const found: ResultSecret[] = [...(yield* inText(text))];
	if (known !== undefined) {
		yield;
		found.push(...knownSightings(text, known));
	}
	for (const { text: inner, start, end } of (yield* decodeSteps(text, DECODE_BUDGET)).runs) {
		yield;
		const [first] = yield* inText(inner);
		if (first !== undefined) {
			found.push({ rule: first.rule, start, end });
		}
	}
	for (const run of text.includes('%') ? text.matchAll(/[\w.~%+-]{20,65536}/g) : []) {
		const inner = run[0].includes('%') ? percentDecoded(run[0]) : undefined;
		const [first] = inner === undefined ? [] : yield* inText(inner);
		if (first !== undefined) {
			found.push({ rule: first.rule, start: run.index, end: run.index + run[0].length });
		}
	}
	return merged(found);
}

/** Pauses between the patterns, and after so many matches of one. */
const MATCHES = 256;

function* inText(text: string): Steps<readonly ResultSecret[]> {
	const found: ResultSecret[] = [];
	for (const { rule, start, end } of plainSightings(text)) {
		const secret = text.slice(start, end);
		if (BY_FORM.has(rule) ? !isPlaceholder(secret) : rule === 'jwt' && isWebToken(secret)) {
			found.push({ rule, start, end });
		}
	}
	yield;
	for (const block of keyBlocks(text)) {
		found.push(block);
		yield;
	}
	let seen = 0;
	for (const match of text.includes('=') ? text.matchAll(ENV_LINE) : []) {
		const { name = '', secret = '' } = match.groups ?? {};
		const named = SECRET_ENV_NAME.test(name) && !PUBLIC_ENV_NAME.test(name);
		if (named && !isPlaceholder(secret) && !isWord(secret)) {
			found.push(at(match, 'named-secret', secret));
		}
		if (++seen % MATCHES === 0) {
			yield;
		}
	}
	for (const [pattern, rule, sign] of NAMED) {
		yield;
		for (const match of text.includes(sign) ? text.matchAll(pattern) : []) {
			const secret = match.groups?.['secret'] ?? '';
			if (!isPlaceholder(secret) && looksGenerated(secret, rule === 'url-password' ? 8 : 16)) {
				found.push(at(match, rule, secret));
			}
			if (++seen % MATCHES === 0) {
				yield;
			}
		}
	}
	return found;
}

/** By pattern: the rule, and what is in every text in which it finds something. */
const NAMED: readonly (readonly [RegExp, string, string])[] = [
	[MEMBER, 'named-secret', ''],
	[BEARER, 'auth-header', ''],
	[URL_PASSWORD, 'url-password', '@'],
];

function at(match: RegExpExecArray, rule: string, secret: string): ResultSecret {
	const start = match.index + match[0].lastIndexOf(secret);
	return { rule, start, end: start + secret.length };
}

/** True for what an author writes in place of a secret. */
export function isPlaceholder(secret: string): boolean {
	return PLACEHOLDER.test(secret);
}

/** A word or name in one case, a number, a yes or no: nothing that keeps a door closed. */
function isWord(secret: string): boolean {
	return /^(?:[a-z]{1,20}|[A-Z]{1,20}|[A-Z]?[a-z]+(?:[-_ ][A-Za-z]+){0,6}|\d{1,7})$/.test(secret);
}

/** Letters and digits mixed as no word, name, path or version mixes them. */
export function looksGenerated(secret: string, least: number): boolean {
	if (secret.length < least || !/\d/.test(secret) || !/[A-Za-z]/.test(secret)) {
		return false;
	}
	// A call, a member of an object, an address, a path, or a name with a number.
	if (
		/^[a-z_$][\w$]*(?:\.[a-z_$][\w$]*)+$|^\W|^https?:|^[\w.-]+\.(?:js|ts|py|json|md|ya?ml|env|pem|txt|com|org|io)$|^[a-z]+(?:[-_/.]?[a-z]+){0,12}[-_.]?\d{0,4}$/i.test(
			secret,
		)
	) {
		return false;
	}
	const kinds = secret
		.replace(/\d+/g, '0')
		.replace(/[a-z]+/g, 'a')
		.replace(/[A-Z]+/g, 'A');
	// How often letters, capitals and digits take turns: words hardly, generated values all the time.
	return kinds.length >= Math.min(8, secret.length / 3) && new Set(secret).size >= 7;
}

/** The header of a JSON Web Token says how it is signed (RFC 7515 §4.1). */
function isWebToken(token: string): boolean {
	const [header = '', payload = ''] = token.split('.');
	return payload.length >= 8 && /"(?:alg|typ|enc)"/.test(decodedHead(header, 256));
}

/** PEM private keys (RFC 7468) with a key in them: code that only names the first line of one stays. */
function* keyBlocks(text: string): Generator<ResultSecret, void, undefined> {
	const begin = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/g;
	for (let match = begin.exec(text); match; match = begin.exec(text)) {
		const body = KEY_BODY;
		body.lastIndex = match.index + match[0].length;
		const inner = body.exec(text)?.[0] ?? '';
		const letters = inner.replace(/\\[rn]|[^A-Za-z0-9+/=]/g, '').length;
		const end = match.index + match[0].length + inner.length;
		if (letters >= 40) {
			const close = /^-----END [A-Z0-9 ]{0,60}-----/.exec(text.slice(end, end + 80))?.[0].length ?? 0;
			yield { rule: 'private-key', start: match.index, end: end + close };
		}
		begin.lastIndex = end;
	}
}

/** What may stand between the lines of a key: its letters, breaks, quotes and signs of the language around, header lines. */
const KEY_BODY =
	/(?:\\[rn]|[A-Za-z0-9+/=]|[\s"'`,+\\|>]|(?:Proc-Type|DEK-Info|Version|Comment|Hash):[^\n]{0,200}\n){0,65536}/y;

function percentDecoded(text: string): string | undefined {
	try {
		return decodeURIComponent(text);
	} catch {
		return undefined;
	}
}

function merged(found: readonly ResultSecret[]): readonly ResultSecret[] {
	const result: ResultSecret[] = [];
	for (const secret of [...found].sort((a, b) => a.start - b.start || b.end - a.end)) {
		const last = result.at(-1);
		if (last === undefined || secret.start >= last.end) {
			result.push(secret);
		} else if (secret.end > last.end) {
			result[result.length - 1] = { ...last, end: secret.end };
		}
	}
	return result;
}
