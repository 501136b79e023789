import { isSecretName } from './secretRules';

/** A value that this machine keeps, and the name that it keeps it under. */
export interface NamedValue {
	readonly name: string;
	readonly value: string;
}

/** A value that is worth to be looked for. */
export interface KnownCandidate {
	readonly value: string;
	/** `parts`: its parts are told from everything else as well; `whole`: only all of it means anything. */
	readonly by: 'parts' | 'whole';
}

const LEAST = 8;
/** What is longer is known by its beginning. */
const MOST = 4_096;
const LEAST_FOR_PARTS = 16;
/** Bits for each character from which on a value looks random. */
const RANDOM_BITS = 3;
/** Names by which a value is made to be told to everybody who opens the page. */
const PUBLIC_NAME = /^(?:NEXT_PUBLIC|VITE|REACT_APP|PUBLIC|NUXT_PUBLIC|GATSBY|EXPO_PUBLIC)_/i;
const SECRET_WORD = /key|secret|token|pass|pwd|credential|auth|dsn|salt|canary|cookie|private|signing|pat$/i;
/** Names of what is told to servers all day: ids, addresses, versions. */
const OPEN_NAME =
	/_(?:ID|URL|URI|HOST|HOSTNAME|PORT|REGION|ZONE|NAME|SHA|COMMIT|HASH|DIGEST|VERSION|EMAIL|USER|USERNAME|PATH|DIR|BUCKET|DOMAIN|ENV|MODE|LEVEL|TAG|BRANCH)$/i;
const NO_SECRET =
	/^(?:true|false|yes|no|on|off|null|none|undefined|localhost|development|production|staging|changeme|password|username|example|placeholder)$/i;
/** Paths, addresses without a password, hosts, versions, numbers: they stand in many an honest call. */
const PLAIN =
	/^(?:[~.]{0,2}\/[^\s]*|[A-Za-z]:[\\/].*|[a-z][a-z0-9+.-]{1,20}:\/\/[^@\s]*|[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+|[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})+(?::\d{1,5})?|localhost(?::\d+)?|v?\d+(?:[.:-]\d+)*)$/;
const TEMPLATE =
	/^(?:<[^>]*>|\$\{[^}]*\}|\{\{.*\}\}|x{4,}|\*{4,}|your[_-].*|(?:replace|change|insert)[_-]?(?:me|this|with).*)$/i;
const CREDENTIAL_URL = /[a-z][a-z0-9+.-]{1,20}:\/\/[^\s:/@"'<>]{0,256}:([^\s/"'<>]{1,1024})@/gi;

/**
 * What of a named value is worth to be looked for: nothing where it is short, public or common; of a URL its password. A
 * value that does not look random counts where its name says that it is a secret, and as a whole.
 */
export function knownCandidates({ name, value }: NamedValue): readonly KnownCandidate[] {
	const text = value.trim().slice(0, MOST);
	if (PUBLIC_NAME.test(name)) {
		return [];
	}
	const passwords = [...text.matchAll(CREDENTIAL_URL)].flatMap(([, password = '']) => {
		const plain = decoded(password);
		return [password, ...(plain === password ? [] : [plain])].flatMap(each => candidate(each, true));
	});
	if (passwords.length > 0) {
		return passwords;
	}
	const named = isSecretLikeName(name);
	return OPEN_NAME.test(name) && !named ? [] : candidate(text, named);
}

/** True when the name of a variable says that its value is a secret. */
export function isSecretLikeName(name: string): boolean {
	return isSecretName(name) || (SECRET_WORD.test(name) && !OPEN_NAME.test(name));
}

function candidate(text: string, named: boolean): readonly KnownCandidate[] {
	if (text.length < LEAST || NO_SECRET.test(text) || PLAIN.test(text) || TEMPLATE.test(text)) {
		return [];
	}
	if (looksRandom(text)) {
		return [{ value: text, by: 'parts' }];
	}
	return named && new Set(text).size > 3 ? [{ value: text, by: 'whole' }] : [];
}

/** True for a text without words: long, in one piece (or a PEM block), of many different letters, digits among them. */
export function looksRandom(text: string): boolean {
	const isKey = text.includes('-----BEGIN');
	if (text.length < LEAST_FOR_PARTS || (!isKey && /\s/.test(text)) || !/\d/.test(text) || !/[A-Za-z]/.test(text)) {
		return false;
	}
	// Names of things are words with marks between them.
	const words = text.match(/[a-z]{4,}|[A-Z]{4,}|[A-Z][a-z]{3,}/g) ?? [];
	const worded = words.reduce((sum, word) => sum + word.length, 0);
	return bitsOf(text) >= RANDOM_BITS && (isKey || worded <= text.length / 2);
}

/** Shannon entropy of a text, in bits for each of its units. */
export function bitsOf(text: string): number {
	const counts = new Map<string, number>();
	for (const unit of text) {
		counts.set(unit, (counts.get(unit) ?? 0) + 1);
	}
	let bits = 0;
	for (const count of counts.values()) {
		const share = count / text.length;
		bits -= share * Math.log2(share);
	}
	return bits;
}

function decoded(text: string): string {
	try {
		return decodeURIComponent(text);
	} catch {
		return text;
	}
}
