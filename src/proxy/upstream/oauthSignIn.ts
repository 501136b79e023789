import { FirewallError } from '../../base/errors';
import { type JsonObject } from '../../base/json';
import { OAUTH_PERSON_MS } from '../limits';
import { isOAuthAddress, oauthFetch } from './oauthFetch';
import { type Kept, OAuthFlow, type OAuthOptions } from './oauthFlow';
import { type AuthorizationDoor } from './oauthPorts';
import { type RevocationOutcome, revokeTokens } from './oauthRevoke';
import { type SignInRefusal, type UpstreamSignIn } from './upstreamSignIn';
import { TROUBLE } from './troubleWords';

/**
 * The firewall as an OAuth client of an upstream (MCP 2025-11-25 basic/authorization): discovery, registration, PKCE, refresh
 * and step-up by the SDK, which is loaded when a server first asks; addresses, bounds, `state` and issuer by us. One instance
 * serves all sessions with the upstream.
 */
export class OAuthSignIn implements UpstreamSignIn {
	private kept: Kept | undefined;
	private renewing: Promise<void> | undefined;
	/** The scope of the last step-up: a server that asks for it again does not get it again. */
	private steppedUpTo: string | undefined;
	/** The authorization that came without the person; refused, it is not refreshed once more. */
	private refreshed: string | undefined;

	constructor(private readonly options: OAuthOptions) {}

	async authorization(): Promise<string | undefined> {
		const { tokens } = await this.load();
		return tokens === undefined ? undefined : `Bearer ${tokens.access_token}`;
	}

	async renew(refusal: SignInRefusal, signal: AbortSignal): Promise<void> {
		if (this.renewing !== undefined) {
			await this.renewing;
			return;
		}
		if ((await this.authorization()) !== refusal.authorization) {
			return;
		}
		this.renewing ??= this.takeTurn(() => this.signInOnce(refusal, signal), signal).finally(
			() => (this.renewing = undefined),
		);
		await this.renewing;
	}

	private takeTurn(run: () => Promise<void>, signal: AbortSignal): Promise<void> {
		const { store } = this.options;
		return store.exclusive === undefined ? run() : store.exclusive(run, signal);
	}

	/** What is kept may have become another: the next request reads it again. */
	forget(): void {
		this.kept = undefined;
	}

	/** Asks the server to revoke the tokens (RFC 7009) where it offers that, and forgets them and the registration in any case. */
	async signOut(signal: AbortSignal): Promise<RevocationOutcome> {
		this.kept = undefined;
		const kept = await this.load();
		await this.save({});
		const { clock, url } = this.options;
		return revokeTokens(kept, this.options.client, oauthFetch(new URL(url), clock, signal));
	}

	/** Another process may have renewed while this one waited for its turn: then there is nothing to do. */
	private async signInOnce(refusal: SignInRefusal, signal: AbortSignal): Promise<void> {
		this.kept = undefined;
		if ((await this.authorization()) !== refusal.authorization) {
			return;
		}
		const door = await this.options.authorizer.open();
		try {
			await this.signIn(refusal, door, signal);
		} finally {
			door.dispose();
		}
	}

	private async signIn(refusal: SignInRefusal, door: AuthorizationDoor, signal: AbortSignal): Promise<void> {
		const sdk = await import('@modelcontextprotocol/sdk/client/auth.js');
		const { clock, url } = this.options;
		const upstream = new URL(url);
		const headers = new Headers(refusal.challenge === undefined ? {} : { 'WWW-Authenticate': refusal.challenge });
		const { resourceMetadataUrl, scope } = sdk.extractWWWAuthenticateParams(new Response(null, { headers }));
		const stepUp = refusal.status === 403;
		if (stepUp && (scope === undefined || scope === this.steppedUpTo)) {
			throw new FirewallError('upstream-failed', TROUBLE.wantsRights);
		}
		const anew = stepUp || (refusal.authorization !== undefined && refusal.authorization === this.refreshed);
		const flow = new OAuthFlow(this.options, door, await this.load(), anew, kept => this.save(kept));
		const common = {
			serverUrl: url,
			fetchFn: oauthFetch(upstream, clock, signal),
			...(scope !== undefined && { scope }),
			...(resourceMetadataUrl !== undefined && { resourceMetadataUrl }),
		};
		try {
			if ((await sdk.auth(flow, common)) === 'REDIRECT') {
				const authorizationCode = await this.askPerson(flow, door, upstream, signal);
				await sdk.auth(flow, { ...common, authorizationCode });
				this.refreshed = undefined;
			} else {
				this.refreshed = await this.authorization();
			}
		} catch (error) {
			throw error instanceof FirewallError ? error : signInFailed(error);
		}
		this.steppedUpTo = stepUp ? scope : this.steppedUpTo;
	}

	/** INVARIANT: a code counts only with the `state` of this very flow (RFC 6749 §10.12) and from its issuer (RFC 9207). */
	private async askPerson(
		flow: OAuthFlow,
		door: AuthorizationDoor,
		upstream: URL,
		signal: AbortSignal,
	): Promise<string> {
		const { address } = flow;
		if (address === undefined || !isOAuthAddress(address, upstream)) {
			throw new FirewallError('upstream-failed', TROUBLE.notHttps);
		}
		const ending = new AbortController();
		const timer = this.options.clock.schedule(OAUTH_PERSON_MS, () => ending.abort());
		try {
			const both = AbortSignal.any([signal, ending.signal]);
			const query = await door.authorize(address, both);
			const [code, state, issuer] = ['code', 'state', 'iss'].map(name => query.get(name));
			if (state !== flow.state()) {
				throw new FirewallError('upstream-failed', TROUBLE.otherRequest);
			}
			if (!flow.isIssuer(issuer ?? undefined)) {
				throw new FirewallError('upstream-failed', TROUBLE.otherIssuer);
			}
			if (code === null || code === undefined || code === '') {
				throw new FirewallError('upstream-failed', TROUBLE.signInRefused);
			}
			return code;
		} finally {
			timer.dispose();
		}
	}

	private async load(): Promise<Kept> {
		this.kept ??= ((await this.options.store.load()) ?? {}) as Kept;
		return this.kept;
	}

	private async save(kept: Kept): Promise<void> {
		this.kept = kept;
		await this.options.store.save(JSON.parse(JSON.stringify(kept)) as JsonObject);
	}
}

/** The SDK's messages may quote what a server said, so they are a cause and no text. */
function signInFailed(error: unknown): FirewallError {
	return new FirewallError('upstream-failed', TROUBLE.signInFailed, { cause: error });
}
