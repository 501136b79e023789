import { type OAuthClientProvider, type OAuthDiscoveryState } from '@modelcontextprotocol/sdk/client/auth.js';
import { type OAuthClientInformationMixed, type OAuthTokens } from '@modelcontextprotocol/sdk/shared/auth.js';
import { type Clock, type IdSource } from '../../base/clock';
import { type JsonObject } from '../../base/json';
import { urlOf } from '../../base/urlOf';
import { isLoopback } from './httpTarget';
import { isOAuthAddress } from './oauthFetch';
import { type AuthorizationDoor, type Authorizer, type OAuthStore } from './oauthPorts';
import { type RevocableTokens } from './oauthRevoke';

/** What our OAuth client for one upstream needs. */
export interface OAuthOptions {
	/** The upstream; tokens are asked for this resource (RFC 8707) and sent nowhere else. */
	readonly url: string;
	readonly store: OAuthStore;
	readonly authorizer: Authorizer;
	/** A client that was registered by hand at one authorization server; what it is there is nobody else's to know. */
	readonly client?: { readonly id: string; readonly secret?: string; readonly issuer: string };
	/** Where a document about our client lies (Client ID Metadata Document), for servers that take it as our id. */
	readonly clientMetadataUrl?: string;
	readonly clock: Clock;
	readonly ids: IdSource;
}

/** What is stored; a value of another shape counts as nothing. The SDK writes the issuer into client and tokens. */
export interface Kept extends RevocableTokens {
	readonly client?: OAuthClientInformationMixed;
	readonly tokens?: OAuthTokens;
}

/** One sign-in, as the SDK wants to be told and tells of it. */
export class OAuthFlow implements OAuthClientProvider {
	readonly clientMetadataUrl?: string;
	private readonly stateText: string;
	private verifier = '';
	private discovery: OAuthDiscoveryState | undefined;
	/** Where the person has to go. */
	address: URL | undefined;

	constructor(
		private readonly options: OAuthOptions,
		private readonly door: AuthorizationDoor,
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
		return this.door.redirectUrl;
	}

	get clientMetadata() {
		return {
			client_name: 'MCP Firewall',
			redirect_uris: [this.redirectUrl],
			grant_types: ['authorization_code', 'refresh_token'],
			response_types: ['code'],
			// RFC 8252 §8.4, OpenID Connect Registration §2: only a native client may be sent to this machine, on any port.
			application_type: isLoopback(new URL(this.redirectUrl)) ? 'native' : 'web',
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
			withoutSlash(issuer) === withoutSlash(this.issuerAddress)
		);
	}

	/**
	 * INVARIANT: a client that was registered by hand is told to the server it was registered at, and to no other that a
	 * resource may name (known by the address its metadata came from, RFC 8414 §3.3). One that we registered ourselves is not
	 * used for a browser that has to be sent elsewhere now: many servers compare the whole address, port included.
	 */
	clientInformation(): OAuthClientInformationMixed | undefined {
		const { client } = this.options;
		if (client !== undefined && withoutSlash(client.issuer) === withoutSlash(this.issuerAddress)) {
			return {
				client_id: client.id,
				...(client.secret !== undefined && { client_secret: client.secret }),
				issuer: this.issuerAddress,
			};
		}
		const { client: own } = this.kept;
		const redirects = own !== undefined && 'redirect_uris' in own ? own.redirect_uris : undefined;
		const asks = this.tokens()?.refresh_token === undefined;
		return asks && redirects?.includes(this.redirectUrl) === false ? undefined : own;
	}

	saveClientInformation(client: OAuthClientInformationMixed): Promise<void> {
		return this.keep({ ...this.kept, client });
	}

	tokens(): OAuthTokens | undefined {
		return this.anew ? undefined : this.kept.tokens;
	}

	saveTokens(tokens: OAuthTokens): Promise<void> {
		this.anew = false;
		const revocation = this.revocationAddress();
		return this.keep({
			...(this.kept.client !== undefined && { client: this.kept.client }),
			tokens,
			...(revocation !== undefined && { revocation }),
		});
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

	private get issuerAddress(): string {
		return this.discovery?.authorizationServerUrl ?? '';
	}

	/** Where tokens can be given back (RFC 8414 §2), if that is an address we may speak to. */
	private revocationAddress(): string | undefined {
		const { revocation_endpoint: address } =
			(this.discovery?.authorizationServerMetadata as JsonObject | undefined) ?? {};
		if (typeof address !== 'string') {
			return undefined;
		}
		const url = urlOf(address);
		return url !== undefined && isOAuthAddress(url, new URL(this.options.url)) ? address : undefined;
	}

	private keep(kept: Kept): Promise<void> {
		this.kept = kept;
		return this.save(kept);
	}
}

function withoutSlash(address: string): string {
	return address.replace(/\/$/, '');
}
