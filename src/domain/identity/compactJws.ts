import { type CryptoKey } from 'jose';
import { fromBase64Url, toBase64Url } from '../../base/base64Url';
import { isJsonObject, type JsonObject } from '../../base/json';
import { parseJson } from '../../base/strictJson';
import { isWeakKey, type PublicJwk } from './publicJwk';

/** Loaded with the first token, and not before: most windows never see one. */
const jose = () => import('jose');

/** Characters of a token (identity.md §6.2, 8). */
export const MAX_TOKEN = 16_384;
const MAX_KEYS = 64;

/** A JWS as it says of itself; nothing of it is proven. Attacker-controlled. */
export interface CompactJws {
	readonly header: JsonObject;
	readonly payload: Uint8Array;
}

/**
 * Reads a JWS in compact serialisation (RFC 7515 §7.1): exactly three parts of unpadded base64url, each as one text alone can say
 * it, and a header that no two parsers read differently. Undefined for everything else, the JSON serialisations among it.
 */
export function readCompactJws(token: string): CompactJws | undefined {
	if (token.length > MAX_TOKEN || !/^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/.test(token)) {
		return undefined;
	}
	const [header, payload, signature] = token.split('.').map(bytesOf);
	if (header === undefined || payload === undefined || signature === undefined) {
		return undefined;
	}
	const read = readJson(header);
	return read && { header: read, payload };
}

/** A JSON object in UTF-8, read strictly; undefined for everything else. Attacker-controlled. */
export function readJson(bytes: Uint8Array): JsonObject | undefined {
	try {
		const parsed = parseJson(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes), 'strict');
		return parsed.ok && isJsonObject(parsed.value) ? parsed.value : undefined;
	} catch {
		return undefined;
	}
}

/** True when a header admits EdDSA under this `typ` and demands nothing beyond it (RFC 7515 §4.1.11, RFC 7797). */
export function isPlainHeader(header: JsonObject, typ: string | undefined): boolean {
	return header.alg === 'EdDSA' && header.typ === typ && header.crit === undefined && header.b64 === undefined;
}

/**
 * The payload of a JWS that this very key signed with EdDSA (RFC 8037 §3.1) under exactly this `typ` (undefined: under none); undefined otherwise. Keys that
 * the token brings along (`jwk`, `jku`, `x5u`, `x5c`) are never looked at. Never rejects.
 */
export async function verifyCompactJws(
	token: string,
	key: PublicJwk,
	{ typ }: { readonly typ: string | undefined },
): Promise<Uint8Array | undefined> {
	const read = readCompactJws(token);
	if (read === undefined || !isPlainHeader(read.header, typ)) {
		return undefined;
	}
	try {
		const { compactVerify } = await jose();
		const { payload } = await compactVerify(token, await imported(key), { algorithms: ['EdDSA'] });
		return payload;
	} catch {
		return undefined;
	}
}

/** Signs with EdDSA. `header` needs no `alg`. Rejects for what is no Ed25519 private key. */
export async function signCompactJws(
	header: JsonObject,
	payload: Uint8Array,
	{ x, d }: PublicJwk & { readonly d: string },
): Promise<string> {
	const { CompactSign, importJWK } = await jose();
	const key = await importJWK({ kty: 'OKP', crv: 'Ed25519', x, d }, 'EdDSA');
	return new CompactSign(payload).setProtectedHeader({ ...header, alg: 'EdDSA' }).sign(key);
}

const known = new Map<string, Promise<CryptoKey>>();

/** Importing takes longer than verifying: the last keys are kept. They are public. */
function imported({ x }: PublicJwk): Promise<CryptoKey> {
	const before = known.get(x);
	if (before !== undefined) {
		return before;
	}
	if (isWeakKey({ kty: 'OKP', crv: 'Ed25519', x })) {
		return Promise.reject(new TypeError('a key of small order'));
	}
	const made = jose().then(
		({ importJWK }) => importJWK({ kty: 'OKP', crv: 'Ed25519', x }, 'EdDSA') as Promise<CryptoKey>,
	);
	if (known.size >= MAX_KEYS) {
		known.clear();
	}
	known.set(x, made);
	return made;
}

function bytesOf(part: string): Uint8Array | undefined {
	try {
		const bytes = fromBase64Url(part);
		return toBase64Url(bytes) === part ? bytes : undefined;
	} catch {
		return undefined;
	}
}
