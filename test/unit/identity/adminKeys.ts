import { generateKeyPairSync } from 'node:crypto';
import { BREAK_GLASS_TYP } from '../../../src/domain/identity/breakGlass';
import { signCompactJws } from '../../../src/domain/identity/compactJws';
import { type PublicJwk } from '../../../src/domain/identity/publicJwk';

/** A key pair that nobody else has. */
export interface KeyPair {
	readonly publicJwk: PublicJwk;
	readonly privateJwk: PublicJwk & { readonly d: string };
}

/** Makes one. */
export function aKeyPair(): KeyPair {
	const { x = '', d = '' } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
	const publicJwk = { kty: 'OKP', crv: 'Ed25519', x } as const;
	return { publicJwk, privateJwk: { ...publicJwk, d } };
}

/** A break-glass token; `now` is unix seconds. */
export function aToken(
	{ privateJwk }: KeyPair,
	now: number,
	over: Readonly<Record<string, unknown>> = {},
	typ: string = BREAK_GLASS_TYP,
): Promise<string> {
	const claims = {
		...{ jti: 'token-1', iss: 'https://admin.example', sub: 'ops@example', reason: 'the decision service burns' },
		...{ iat: now, exp: now + 300, scope: { methods: ['tools/call'], routes: ['*'] } },
		...over,
	};
	return signCompactJws({ typ }, new TextEncoder().encode(JSON.stringify(claims)), privateJwk);
}
