import { sha256Hex } from '../../base/digest';
import { fromBase64Url, toBase64Url } from '../../base/base64Url';
import { canonicalJson, isJsonObject, type JsonObject, type JsonValue } from '../../base/json';
import { inEnglish } from '../../base/phrase';
import { parseJson } from '../../base/strictJson';
import { Invalid, listAt, objectAt, oneOf, stringAt, timeAt } from './entryFields';
import { PROBLEM_WORDS } from './problemWords';
import { clashOf, readServerEntry } from './readServerEntry';
import { type ServerEntry } from './serverEntry';

/** Who signed a bundle. */
export interface Publisher {
	/** Attacker-controlled: anybody can call themselves anything. The key is what counts. */
	readonly name: string;
	/** The Ed25519 public key (RFC 8032), 32 bytes as base64url without padding, like `x` of RFC 8037. */
	readonly key: string;
}

/** A registry as one person gives it to others, without its signature. */
export interface RegistryBundle {
	readonly createdAt: string;
	/** Not taken in from then on. */
	readonly expiresAt?: string;
	readonly publisher: Publisher;
	/** {@link sharedEntry} of each server, of no folder any more (unbound.ts). */
	readonly entries: readonly ServerEntry[];
}

/** Checks an Ed25519 signature over bytes; a port, because the host's implementation is native. Never throws. */
export type VerifySignature = (publicKey: Uint8Array, data: Uint8Array, signature: Uint8Array) => boolean;

/** Whose signature a bundle bears: verified, and not read any further. */
export type SignedBundle =
	| { readonly kind: 'signed'; readonly publisher: Publisher; readonly body: JsonObject }
	| { readonly kind: 'problem'; readonly problem: string };

/** What reading the rest gives; a problem is one sentence without its full stop. */
export type BundleReading =
	{ readonly kind: 'read'; readonly bundle: RegistryBundle } | { readonly kind: 'problem'; readonly problem: string };

const FORMAT = 'mcp-firewall-registry';
/** Longest text of a bundle, UTF-16 units. */
export const MAX_BUNDLE_CHARS = 32 * 1024 * 1024;
/** How far the clock of whoever signed may be ahead of ours, milliseconds. */
const CLOCK_SKEW_MS = 24 * 60 * 60_000;
/** What of an entry is this person's alone. */
const PRIVATE = ['roots', 'statusReason', 'signedBy'] as const;
const KEY = /^[A-Za-z0-9_-]{43}$/;
const SIGNATURE = /^[A-Za-z0-9_-]{86}$/;

/** What people compare: SHA-256 over the 32 bytes of a key, in groups of eight. */
export function fingerprintOf(key: string): string {
	return (sha256Hex(fromBase64Url(key)).match(/.{8}/g) ?? []).join(' ');
}

/** A fingerprint as people may write it, for comparing: without blanks and colons, in lower case. */
export function plainFingerprint(text: string): string {
	return text.replaceAll(/[\s:]/g, '').toLowerCase();
}

/** True for a key as bundles name it. */
export function isPublisherKey(value: unknown): value is string {
	return typeof value === 'string' && KEY.test(value) && isCanonical(value);
}

/**
 * An entry as it is given to others, bound to no folder any more (unbound.ts): no folder of this person's and no secret, which it never holds. A credential is named, and
 * is without a value wherever it goes; files of the supply keep their digests and their bare names. The launch stays as it
 * is, because its digest is what the server is known by.
 */
export function sharedEntry(whole: ServerEntry): ServerEntry {
	const entry = entryWithout(whole, PRIVATE);
	return {
		...entry,
		origin: { kind: 'command-line', file: FORMAT },
		credentials: entry.credentials.map(({ kind, name, storedAt }) => ({ kind, name, storedAt, revoked: true })),
		supply: {
			...entry.supply,
			files: entry.supply.files.map(file => ({ ...file, path: file.path.split(/[\\/]/).at(-1) || file.role })),
		},
	};
}

/** What is signed: the canonical JSON (RFC 8785) of the bundle without its signature, as UTF-8. */
export function bundleBytes({ createdAt, expiresAt, publisher, entries }: RegistryBundle): Uint8Array {
	return bytesOf(bodyOf({ createdAt, ...(expiresAt !== undefined && { expiresAt }), publisher, entries }));
}

/** The text of a bundle's file; `signature` is that over {@link bundleBytes}, 64 bytes. */
export function bundleText(bundle: RegistryBundle, signature: Uint8Array): string {
	return `${JSON.stringify({ ...bodyOf(bundle), signature: toBase64Url(signature) }, undefined, '\t')}\n`;
}

/**
 * Verifies the text of a bundle. INVARIANT: nothing but publisher and signature is looked at before the signature holds for
 * every byte of what the text says; whether this publisher is to be believed is for the caller to know. Attacker-controlled.
 */
export function openBundle(text: string, verify: VerifySignature): SignedBundle {
	const problem = (what: string): SignedBundle => ({ kind: 'problem', problem: what });
	const parsed = text.length > MAX_BUNDLE_CHARS ? undefined : parseJson(text, 'strict');
	if (parsed?.ok !== true || !isJsonObject(parsed.value)) {
		return problem('it is not the signed registry of anybody');
	}
	const { signature, ...body } = parsed.value;
	const { publisher } = body;
	if (body.format !== FORMAT || !isJsonObject(publisher)) {
		return problem('it is not the signed registry of anybody');
	}
	const { name, key } = publisher;
	if (
		typeof name !== 'string' ||
		!isPublisherKey(key) ||
		typeof signature !== 'string' ||
		!SIGNATURE.test(signature) ||
		!isCanonical(signature)
	) {
		return problem('it is not signed');
	}
	return verify(fromBase64Url(key), bytesOf(body), fromBase64Url(signature))
		? { kind: 'signed', publisher: { name, key }, body }
		: problem('its signature does not hold: it was changed after it was signed');
}

/** Reads a bundle whose signature holds and whose publisher is known. `now`: milliseconds since the epoch. */
export function readBundle({ body }: SignedBundle & { readonly kind: 'signed' }, now: number): BundleReading {
	try {
		const fields = objectAt(body, '', ['format', 'version', 'createdAt', 'expiresAt', 'publisher', 'entries']);
		if (fields.version !== 1) {
			return { kind: 'problem', problem: 'a newer version wrote it' };
		}
		const createdAt = timeAt(fields.createdAt, '/createdAt');
		const expiresAt = fields.expiresAt === undefined ? undefined : timeAt(fields.expiresAt, '/expiresAt');
		if (expiresAt !== undefined && Date.parse(expiresAt) <= now) {
			return { kind: 'problem', problem: inEnglish(PROBLEM_WORDS.expired(new Date(expiresAt).toISOString())) };
		}
		if (Date.parse(createdAt) > now + CLOCK_SKEW_MS) {
			return { kind: 'problem', problem: 'it says that it is from the future' };
		}
		const bundle = {
			...{ createdAt, publisher: readPublisher(fields.publisher), entries: readEntries(fields.entries) },
			...(expiresAt !== undefined && { expiresAt }),
		};
		return { kind: 'read', bundle };
	} catch (error) {
		if (error instanceof Invalid) {
			return { kind: 'problem', problem: `${error.pointer} ${error.message}`.trim() };
		}
		throw error;
	}
}

function readPublisher(value: JsonValue | undefined): Publisher {
	const { name, key } = objectAt(value, '/publisher', ['name', 'key']);
	return { name: stringAt(name, '/publisher/name'), key: stringAt(key, '/publisher/key') };
}

function readEntries(value: JsonValue | undefined): readonly ServerEntry[] {
	const entries: ServerEntry[] = [];
	for (const [index, item] of listAt(value, '/entries').entries()) {
		const at = `/entries/${String(index)}`;
		const entry = readServerEntry(item, at);
		if ('pointer' in entry) {
			throw new Invalid(entry.pointer, entry.message);
		}
		const clash = clashOf(entries, entry);
		if (clash !== undefined) {
			throw new Invalid(`${at}/${clash}`, 'is that of another server as well');
		}
		oneOf(['command-line'], entry.origin.kind, `${at}/origin/kind`);
		entries.push(entry);
	}
	return entries;
}

function bodyOf(bundle: RegistryBundle): JsonObject {
	return JSON.parse(JSON.stringify({ format: FORMAT, version: 1, ...bundle })) as JsonObject;
}

function bytesOf(body: JsonObject): Uint8Array {
	return new TextEncoder().encode(canonicalJson(body));
}

/** An entry without some of the members that it need not have. */
export function entryWithout(
	entry: ServerEntry,
	names: readonly ('boundTo' | 'roots' | 'shared' | 'signedBy' | 'statusReason')[],
): ServerEntry {
	const left = Object.entries(entry).filter(([key]) => !names.some(name => name === key));
	return Object.fromEntries(left) as unknown as ServerEntry;
}

/** True for the one spelling that bytes have: the unused bits at the end are zero (RFC 4648 §3.5). */
function isCanonical(text: string): boolean {
	return toBase64Url(fromBase64Url(text)) === text;
}
