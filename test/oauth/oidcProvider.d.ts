/** The parts of oidc-provider that the tests use; it is installed for them alone, and its types are not. */
declare module 'oidc-provider' {
	import { type IncomingMessage, type ServerResponse } from 'node:http';

	interface Stored {
		readonly isValid: boolean;
		readonly aud: string | readonly string[];
		destroy(): Promise<void>;
	}

	interface Grant {
		addOIDCScope(scope: string): void;
		addResourceScope(resource: string, scope: string): void;
		save(): Promise<string>;
	}

	class Provider {
		constructor(issuer: string, configuration: object);
		readonly AccessToken: { find(token: string): Promise<Stored | undefined> };
		readonly RefreshToken: { find(token: string): Promise<Stored | undefined> };
		readonly Grant: new (of: { readonly accountId: string; readonly clientId: string }) => Grant;
		callback(): (request: IncomingMessage, response: ServerResponse) => Promise<void>;
		on(event: 'registration_create.success', listener: () => void): void;
		interactionDetails(
			request: IncomingMessage,
			response: ServerResponse,
		): Promise<{
			readonly prompt: { readonly name: string };
			readonly params: { readonly client_id: string; readonly resource: string };
		}>;
		interactionFinished(request: IncomingMessage, response: ServerResponse, result: object): Promise<void>;
	}
	export { Provider as default };
}
