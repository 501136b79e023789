import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import Provider from 'oidc-provider';

type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<unknown>;

/** A real authorization server on loopback with one account, and a person who consents or does not. */
export class AuthorizationServer {
	consents = true;
	registrations = 0;
	private provider!: Provider;

	private constructor(private readonly http: Server) {}

	/** `resource`: the one API that tokens are given out for. */
	static async start(resource: () => string): Promise<AuthorizationServer> {
		const http = createServer();
		const server = new AuthorizationServer(http);
		await new Promise<void>(resolve => http.listen(0, '127.0.0.1', resolve));
		server.provider = new Provider(server.issuer, {
			findAccount: (_ctx: unknown, sub: string) => ({ accountId: sub, claims: () => ({ sub }) }),
			scopes: ['mcp', 'offline_access'],
			features: {
				devInteractions: { enabled: false },
				registration: { enabled: true },
				revocation: { enabled: true },
				resourceIndicators: {
					enabled: true,
					getResourceServerInfo: (_ctx: unknown, indicator: string) => {
						if (indicator !== resource()) {
							throw new Error('unknown resource');
						}
						return { scope: 'mcp', audience: indicator, accessTokenFormat: 'opaque', accessTokenTTL: 3600 };
					},
				},
			},
			issueRefreshToken: () => true,
			rotateRefreshToken: true,
			interactions: { url: (_ctx: unknown, interaction: { uid: string }) => `/interaction/${interaction.uid}` },
		});
		server.provider.on('registration_create.success', () => server.registrations++);
		const callback = server.provider.callback();
		const interact: Handler = (request, response) => server.interact(request, response);
		http.on('request', (request: IncomingMessage, response: ServerResponse) => {
			if (request.url?.startsWith('/interaction/') === true) {
				interact(request, response).catch(() => response.writeHead(500).end());
			} else {
				void callback(request, response);
			}
		});
		return server;
	}

	get issuer(): string {
		return `http://127.0.0.1:${String((this.http.address() as AddressInfo).port)}`;
	}

	/** What an access token is good for; undefined for one that is not, or not any more. */
	async audienceOf(token: string): Promise<string | undefined> {
		const found = await this.provider.AccessToken.find(token);
		return found?.isValid === true ? String(found.aud) : undefined;
	}

	/** The token is over. */
	async expire(token: string): Promise<void> {
		await (await this.provider.AccessToken.find(token))?.destroy();
	}

	/** The server takes the refresh token no more. */
	async forgetRefresh(token: string): Promise<void> {
		await (await this.provider.RefreshToken.find(token))?.destroy();
	}

	async knowsRefresh(token: string): Promise<boolean> {
		const found = await this.provider.RefreshToken.find(token);
		return found?.isValid === true;
	}

	async close(): Promise<void> {
		const closed = new Promise(resolve => this.http.close(resolve));
		this.http.closeAllConnections();
		await closed;
	}

	private async interact(request: IncomingMessage, response: ServerResponse): Promise<void> {
		const details = await this.provider.interactionDetails(request, response);
		if (!this.consents) {
			await this.provider.interactionFinished(request, response, { error: 'access_denied' });
			return;
		}
		if (details.prompt.name === 'login') {
			await this.provider.interactionFinished(request, response, { login: { accountId: 'dev' } });
			return;
		}
		const grant = new this.provider.Grant({ accountId: 'dev', clientId: details.params.client_id });
		grant.addOIDCScope('mcp offline_access');
		grant.addResourceScope(details.params.resource, 'mcp');
		await this.provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } });
	}
}

/** A browser without a screen: follows redirections, keeps cookies by origin, and ends where it leaves the server. */
export async function browse(
	address: URL,
): Promise<{ readonly status: number; readonly text: string; readonly last: URL }> {
	const cookies = new Map<string, string>();
	let at = address;
	for (let steps = 0; steps < 20; steps++) {
		const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
		const response = await fetch(at, { redirect: 'manual', headers: cookie === '' ? {} : { cookie } });
		for (const line of response.headers.getSetCookie()) {
			const [pair = ''] = line.split(';');
			cookies.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1));
		}
		const location = response.headers.get('location');
		if (response.status < 300 || response.status > 399 || location === null) {
			return { status: response.status, text: await response.text(), last: at };
		}
		await response.arrayBuffer();
		at = new URL(location, at);
	}
	throw new Error('too many redirections');
}
