import { join } from 'node:path';
import { runGateway } from '../../../src/cli/gateway';
import { composeCore } from '../../../src/compose';
import { memoryOAuthStore } from '../../../src/proxy/upstream/oauthPorts';
import { OAuthSignIn } from '../../../src/proxy/upstream/oauthSignIn';
import { systemClock, systemIds } from '../../../src/storage/system';

/** What the suite hands to its clients: a client that was registered by hand. */
interface Context {
	readonly client_id?: string;
	readonly client_secret?: string;
}

const [url = '', dataDirectory = '', policies = ''] = process.argv.slice(2);
const context = JSON.parse(process.env.MCP_CONFORMANCE_CONTEXT ?? '{}') as Context;

/** The suite says nothing of the issuer: its server names the only one there is. */
async function issuerOf(server: string): Promise<string> {
	const { discoverOAuthServerInfo } = await import('@modelcontextprotocol/sdk/client/auth.js');
	return (await discoverOAuthServerInfo(server)).authorizationServerUrl;
}

/** The gateway as it ships, with a person who says yes at once: the suite's server answers with the redirection itself. */
async function main(): Promise<number> {
	const issuer = context.client_id === undefined ? '' : await issuerOf(url);
	return runGateway(
		{
			policyFile: join(policies, 'observe.yaml'),
			layers: { workspacePolicies: [], trustedDigests: [] },
			compositionFile: join(policies, 'composition.yaml'),
			dataDirectory,
			upstream: { kind: 'http', url, headers: [] },
		},
		composeCore,
		{ stdout: () => undefined, stderr: line => process.stderr.write(`${line}\n`) },
		upstream =>
			new OAuthSignIn({
				url: upstream,
				store: memoryOAuthStore(),
				authorizer: {
					open: () =>
						Promise.resolve({
							redirectUrl: 'http://localhost:3000/callback',
							async authorize(address, signal) {
								const response = await fetch(address, { redirect: 'manual', signal });
								return new URL(response.headers.get('location') ?? '', address).searchParams;
							},
							dispose() {},
						}),
				},
				...(context.client_id !== undefined && {
					client: {
						issuer,
						id: context.client_id,
						...(context.client_secret !== undefined && { secret: context.client_secret }),
					},
				}),
				clientMetadataUrl: 'https://conformance-test.local/client-metadata.json',
				clock: systemClock,
				ids: systemIds,
			}),
	);
}

void main().then(code => (process.exitCode = code));
