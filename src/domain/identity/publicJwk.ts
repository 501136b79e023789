/** An Ed25519 public key (RFC 8037 §2). `x` is 32 bytes in base64url without padding. */
export interface PublicJwk {
	readonly kty: 'OKP';
	readonly crv: 'Ed25519';
	readonly x: string;
	readonly kid?: string;
}
