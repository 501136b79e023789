import { type OAuthClientProvider, type OAuthDiscoveryState } from '@modelcontextprotocol/sdk/client/auth.js';
import { type OAuthClientInformationMixed, type OAuthTokens } from '@modelcontextprotocol/sdk/shared/auth.js';
import { type Clock, type IdSource } from '../../base/clock';
import { FirewallError } from '../../base/errors';
import { type JsonObject } from '../../base/json';
import { isOAuthAddress, oauthFetch } from './oauthFetch';
import { type Authorizer, type OAuthStore } from './oauthPorts';
import { OAUTH_PERSON_MS } from '../limits';
import { type SignInRefusal, type UpstreamSignIn } from './upstreamSignIn';

/** What our OAuth client for one upstream needs. */
export interface OAuthOptions {
	/** The upstream; tokens are asked for this resource (RFC 8707) and sent nowhere else. */
	readonly url: string;
	readonly store: OAuthStore;
	readonly authorizer: Authorizer;
	/** A client that was registered by hand. */
	readonly client?: { readonly id: string; readonly secret?: string };
	/** Where a document about our client lies (Client ID Metadata Document), for servers that take it as our id. */
	readonly clientMetadataUrl?: string;
	readonly clock: Clock;
	readonly ids: IdSource;
}

/** What is stored; a value of another shape counts as nothing. */
interface Kept {
	readonly client?: OAuthClientInformationMixed;
	readonly tokens?: OAuthTokens;
}

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
		this.renewing ??= this.signIn(refusal, signal).finally(() => (this.renewing = undefined));
		await this.renewing;
	}

	private async signIn(refusal: SignInRefusal, signal: AbortSignal): Promise<void> {
		const sdk = await import('@modelcontextprotocol/sdk/client/auth.js');
		const { clock, url } = this.options;
		const upstream = new URL(url);
		const headers = new Headers(refusal.challenge === undefined ? {} : { 'WWW-Authenticate': refusal.challenge });
		const { resourceMetadataUrl, scope } = sdk.extractWWWAuthenticateParams(new Response(null, { headers }));
		const stepUp = refusal.status === 403;
		if (stepUp && (scope === undefined || scope === this.steppedUpTo)) {
			throw new FirewallError('upstream-failed', 'The server goes on asking for rights that it was given.');
		}
		const anew = stepUp || (refusal.authorization !== undefined && refusal.authorization === this.refreshed);
		const flow = new Flow(this.options, await this.load(), anew, kept => this.save(kept));
		const common = {
			serverUrl: url,
			fetchFn: oauthFetch(upstream, clock, signal),
			...(scope !== undefined && { scope }),
			...(resourceMetadataUrl !== undefined && { resourceMetadataUrl }),
		};
		try {
			if ((await sdk.auth(flow, common)) === 'REDIRECT') {
				const authorizationCode = await this.askPerson(flow, upstream, signal);
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
	private async askPerson(flow: Flow, upstream: URL, signal: AbortSignal): Promise<string> {
		const { address } = flow;
		if (address === undefined || !isOAuthAddress(address, upstream)) {
			throw new FirewallError('upstream-failed', 'The sign-in leads to an address that is not https.');
		}
		const ending = new AbortController();
		const timer = this.options.clock.schedule(OAUTH_PERSON_MS, () => ending.abort());
		try {
			const both = AbortSignal.any([signal, ending.signal]);
			const query = await this.options.authorizer.authorize(address, both);
			const [code, state, issuer] = ['code', 'state', 'iss'].map(name => query.get(name));
			if (state !== flow.state()) {
				throw new FirewallError('upstream-failed', 'The sign-in came back for another request.');
			}
			if (!flow.isIssuer(issuer ?? undefined)) {
				throw new FirewallError('upstream-failed', 'The sign-in came back from another server.');
			}
			if (code === null || code === undefined || code === '') {
				throw new FirewallError('upstream-failed', 'The sign-in was refused.');
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

/** One sign-in, as the SDK wants to be told and tells of it. */
class Flow implements OAuthClientProvider {
	readonly clientMetadataUrl?: string;
	private readonly stateText: string;
	private verifier = '';
	private discovery: OAuthDiscoveryState | undefined;
	/** Where the person has to go. */
	address: URL | undefined;

	constructor(
		private readonly options: OAuthOptions,
		private kept: Kept,
		/** Without the tokens that are there: they cover too little, or were refused. */
		private anew: boolean,
		private readonly save: (kept: Kept) => Promise<void>,
	) {
		this.stateText = options.ids.token();
		if (options.clientMetadataUrl !== undefined) {
			this.clientMetadataUrl = options.clientMetadataUrl;
		}
	}

	get redirectUrl(): string {
		return this.options.authorizer.redirectUrl;
	}

	get clientMetadata() {
		return {
			client_name: 'MCP Firewall',
			redirect_uris: [this.redirectUrl],
			grant_types: ['authorization_code', 'refresh_token'],
			response_types: ['code'],
		};
	}

	state(): string {
		return this.stateText;
	}

	/**
	 * RFC 9207 §2.4; a server that says nothing of it may leave it out. INVARIANT: the issuer is the address that its metadata
	 * came from (RFC 8414 §3.3), not only what they claim: else a server could name another one's sign-in page and get its code.
	 */
	isIssuer(issuer: string | undefined): boolean {
		const metadata = this.discovery?.authorizationServerMetadata;
		if (issuer === undefined) {
			return (metadata as JsonObject | undefined)?.authorization_response_iss_parameter_supported !== true;
		}
		return (
			(metadata === undefined || issuer === metadata.issuer) &&
			withoutSlash(issuer) === withoutSlash(this.discovery?.authorizationServerUrl ?? '')
		);
	}

	clientInformation(): OAuthClientInformationMixed | undefined {
		const { client } = this.options;
		return (
			this.kept.client ??
			(client && {
				client_id: client.id,
				...(client.secret !== undefined && { client_secret: client.secret }),
			})
		);
	}

	saveClientInformation(client: OAuthClientInformationMixed): Promise<void> {
		return this.keep({ ...this.kept, client });
	}

	tokens(): OAuthTokens | undefined {
		return this.anew ? undefined : this.kept.tokens;
	}

	saveTokens(tokens: OAuthTokens): Promise<void> {
		this.anew = false;
		return this.keep({ ...this.kept, tokens });
	}

	redirectToAuthorization(address: URL): void {
		this.address = address;
	}

	saveCodeVerifier(verifier: string): void {
		this.verifier = verifier;
	}

	codeVerifier(): string {
		return this.verifier;
	}

	async invalidateCredentials(what: 'all' | 'client' | 'tokens' | 'verifier' | 'discovery'): Promise<void> {
		const { client, tokens } = this.kept;
		await this.keep({
			...(client !== undefined && what !== 'all' && what !== 'client' && { client }),
			...(tokens !== undefined && what !== 'all' && what !== 'tokens' && { tokens }),
		});
	}

	saveDiscoveryState(discovery: OAuthDiscoveryState): void {
		this.discovery = discovery;
	}

	discoveryState(): OAuthDiscoveryState | undefined {
		return this.discovery;
	}

	private keep(kept: Kept): Promise<void> {
		this.kept = kept;
		return this.save(kept);
	}
}

function withoutSlash(address: string): string {
	return address.replace(/\/$/, '');
}

/** The SDK's messages may quote what a server said, so they are a cause and no text. */
function signInFailed(error: unknown): FirewallError {
	return new FirewallError('upstream-failed', 'Signing in at the server failed.', { cause: error });
}
