/** What is needed to give tokens back. Secret. */
export interface RevocableTokens {
	readonly client?: { readonly client_id: string; readonly client_secret?: string | undefined };
	readonly tokens?: { readonly access_token: string; readonly refresh_token?: string | undefined };
	/** Where the server takes tokens back; it was checked when it was kept. */
	readonly revocation?: string;
}

/** `not-offered`: the server takes none back, so that they end by themselves. */
export type RevocationOutcome = 'revoked' | 'not-offered' | 'failed' | 'none';

/**
 * Revokes the refresh token, then the access token (RFC 7009 §2.1). Never rejects; what the server says besides its status is
 * not looked at.
 */
export async function revokeTokens(
	{ client, tokens, revocation }: RevocableTokens,
	byHand: { readonly id: string; readonly secret?: string } | undefined,
	send: (address: string, init: RequestInit) => Promise<Response>,
): Promise<RevocationOutcome> {
	if (tokens === undefined) {
		return 'none';
	}
	if (revocation === undefined) {
		return 'not-offered';
	}
	const id = client?.client_id ?? byHand?.id ?? '';
	const secret = client === undefined ? byHand?.secret : client.client_secret;
	const tell = async (token: string, kind: string): Promise<boolean> => {
		const body = new URLSearchParams({ token, token_type_hint: kind, client_id: id });
		// RFC 6749 §2.3.1: both are form-encoded before they are a user and a password.
		const basic = [id, secret ?? ''].map(encodeURIComponent).join(':');
		const headers = secret === undefined ? {} : { Authorization: `Basic ${Buffer.from(basic).toString('base64')}` };
		try {
			return (await send(revocation, { method: 'POST', body, headers })).ok;
		} catch {
			return false;
		}
	};
	const refresh = tokens.refresh_token === undefined || (await tell(tokens.refresh_token, 'refresh_token'));
	const access = await tell(tokens.access_token, 'access_token');
	return refresh && access ? 'revoked' : 'failed';
}
