import { createPrivateKey, createPublicKey } from 'node:crypto';
import { fromBase64Url } from '../base/base64Url';
import { isJsonObject, type JsonObject, type JsonValue } from '../base/json';
import { urlOf } from '../base/urlOf';
import { answerChallenge, type ProofSigner } from '../domain/identity/answerChallenge';
import { didKeyOf, parseDid } from '../domain/identity/did';
import { systemClock } from '../storage/system';
import { GuardConfigError } from './guardErrors';

/** Who a server is, and how it shows it (RFC-007 §6). */
export interface ServerIdentityOptions {
	/** Its DID; absent: the did:key of {@link privateKeyPem}. */
	readonly did?: string;
	/** Ed25519, PKCS#8 PEM. With it challenges are answered; without, the identity is disclosed and not proven. */
	readonly privateKeyPem?: string;
	/** Verification method of the key in a did:web document. Absent: `#` and the key's own for did:key, `#keys-1` otherwise. */
	readonly kid?: string;
	/** The badge that it starts with. */
	readonly badge?: string;
	/** Gets the next badge; called once at a time, from 60 s before the end of the one at hand. */
	readonly renewBadge?: () => string | Promise<string>;
	/**
	 * Over HTTP the origins that it is reached at (`https://host:port`): a challenge that names another is not answered, which is
	 * what keeps others from having it sign for them. Absent: it is reached over stdio.
	 */
	readonly origins?: readonly string[];
	/** Answers the older form of challenge too, which can be relayed. Absent: yes. */
	readonly legacyProof?: boolean;
	/** For tests: unix milliseconds. */
	readonly now?: () => number;
}

/** Seconds before its end from which a badge is renewed, and that are waited for the next one while the one at hand holds. */
const RENEW_BEFORE = 60;
const RENEW_WAIT_MS = 5000;

/** A server's identity: what it discloses, a badge that is kept fresh, and its answers to challenges. */
export class ServerIdentity {
	readonly did: string;
	private readonly signer: ProofSigner | undefined;
	private readonly now: () => number;
	private current: { readonly token: string; readonly exp: number } | undefined;
	private renewal: Promise<void> | undefined;

	/** Throws a GuardConfigError for a key, DID or origin that is none. */
	constructor(private readonly options: ServerIdentityOptions) {
		const privateJwk = options.privateKeyPem === undefined ? undefined : readPrivateKey(options.privateKeyPem);
		const did = options.did ?? (privateJwk && didKeyOf(privateJwk));
		if (did === undefined || parseDid(did) === undefined) {
			throw new GuardConfigError(
				'A server identity needs a did:web or did:key, or a private key to make one of.',
			);
		}
		if (privateJwk && did.startsWith('did:key:') && did !== didKeyOf(privateJwk)) {
			throw new GuardConfigError('The private key is not that of the did:key.');
		}
		this.did = did;
		this.now = options.now ?? (() => systemClock.now());
		const { origins, kid, legacyProof = true } = options;
		this.signer = privateJwk && {
			...{ did, privateJwk, legacy: legacyProof, ...(kid !== undefined && { kid }) },
			place: origins === undefined ? { kind: 'stdio' } : { kind: 'http', origins: readOrigins(origins) },
		};
		this.current = options.badge === undefined ? undefined : { token: options.badge, exp: endOf(options.badge) };
	}

	/** A badge that holds for some time yet, where one can be had; undefined where none does. Never rejects. */
	async badge(): Promise<string | undefined> {
		const left = () => (this.current?.exp ?? 0) - this.now() / 1000;
		if (left() <= RENEW_BEFORE && this.options.renewBadge !== undefined) {
			this.renewal ??= this.renew(this.options.renewBadge).finally(() => (this.renewal = undefined));
			await Promise.race([
				this.renewal,
				new Promise<void>(resolve => systemClock.schedule(RENEW_WAIT_MS, resolve)),
			]);
		}
		// One that has ended would look like an attack to nobody, and says nothing to anybody.
		return left() > 0 ? this.current?.token : undefined;
	}

	/** Members of `_meta` of an `initialize` or `server/discover` result (RFC-007 §6.2), with answers to what its request asks. */
	async meta(requestMeta?: JsonValue): Promise<JsonObject> {
		const badge = await this.badge();
		return {
			capiscio_server_did: this.did,
			...(badge !== undefined && { capiscio_server_badge: badge }),
			...(await this.proofs(requestMeta)),
		};
	}

	/** Members of `_meta` that answer the challenges of a request; none where it asks nothing that may be signed. */
	async proofs(requestMeta: JsonValue | undefined): Promise<JsonObject> {
		return this.signer === undefined
			? {}
			: answerChallenge(requestMeta, this.signer, Math.floor(this.now() / 1000));
	}

	/** Headers for every HTTP response (RFC-007 §6.1). */
	async headers(): Promise<Readonly<Record<string, string>>> {
		const badge = await this.badge();
		return { 'Capiscio-Server-DID': this.did, ...(badge !== undefined && { 'Capiscio-Server-Badge': badge }) };
	}

	/** The public key, as a registry takes it (SPKI, PEM). Throws a GuardConfigError where there is no key. */
	get publicKeyPem(): string {
		const { options } = this;
		if (options.privateKeyPem === undefined) {
			throw new GuardConfigError('A server identity without private key has no public key to show.');
		}
		return createPublicKey(createPrivateKey(options.privateKeyPem)).export({
			type: 'spki',
			format: 'pem',
		}) as string;
	}

	/** Body for `GET /.well-known/capiscio/mcp-server.json` (RFC-007 §9). */
	async discovery(): Promise<JsonObject> {
		const badge = await this.badge();
		return {
			server_did: this.did,
			...(badge !== undefined && { server_badge: badge, trust_level: levelOf(badge) }),
			updated_at: new Date(this.now()).toISOString(),
		};
	}

	/** DID document of a did:web, for the path that its DID names. Throws a GuardConfigError where there is no key. */
	didDocument(): JsonObject {
		if (this.signer === undefined) {
			throw new GuardConfigError('A DID document needs the private key, for its public part.');
		}
		const { crv, kty, x } = this.signer.privateJwk;
		const id = this.options.kid ?? `${this.did}#${this.did.startsWith('did:key:') ? this.did.slice(8) : 'keys-1'}`;
		return {
			'@context': ['https://www.w3.org/ns/did/v1'],
			id: this.did,
			verificationMethod: [{ id, type: 'JsonWebKey2020', controller: this.did, publicKeyJwk: { kty, crv, x } }],
			authentication: [id],
		};
	}

	private async renew(renewBadge: () => string | Promise<string>): Promise<void> {
		try {
			const token = await renewBadge();
			const exp = endOf(token);
			if (exp > (this.current?.exp ?? 0)) {
				this.current = { token, exp };
			}
		} catch {
			// The one at hand is shown to its end.
		}
	}
}

function readPrivateKey(pem: string): ProofSigner['privateJwk'] {
	try {
		const { kty, crv, x, d } = createPrivateKey(pem).export({ format: 'jwk' });
		if (kty === 'OKP' && crv === 'Ed25519' && x !== undefined && d !== undefined) {
			return { kty, crv, x, d };
		}
	} catch {
		// Its message may quote the key.
	}
	throw new GuardConfigError('privateKeyPem is no Ed25519 private key (PKCS#8, PEM).');
}

function readOrigins(origins: readonly string[]): readonly string[] {
	return origins.map(text => {
		const url = urlOf(text);
		if (url === undefined || !['https:', 'http:'].includes(url.protocol)) {
			throw new GuardConfigError('origins must be http(s) origins.');
		}
		return url.origin;
	});
}

/** `exp` of our own badge; 0 where it has none. Nothing is trusted for it: who reads the badge verifies it. */
function endOf(token: string): number {
	const exp = claimsOf(token)?.exp;
	return typeof exp === 'number' ? exp : 0;
}

function levelOf(token: string): number | null {
	const vc = claimsOf(token)?.vc;
	const subject = isJsonObject(vc) && isJsonObject(vc.credentialSubject) ? vc.credentialSubject : undefined;
	return typeof subject?.level === 'string' ? Number(subject.level) : null;
}

function claimsOf(token: string): JsonObject | undefined {
	try {
		const claims = JSON.parse(new TextDecoder().decode(fromBase64Url(token.split('.')[1] ?? ''))) as JsonValue;
		return isJsonObject(claims) ? claims : undefined;
	} catch {
		return undefined;
	}
}
