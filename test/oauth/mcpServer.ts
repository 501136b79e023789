import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';

/** A real MCP server over Streamable HTTP that takes tokens for itself alone. */
export class ProtectedServer {
	/** The `Authorization` header of every request, in their order. */
	readonly authorizations: (string | undefined)[] = [];
	/** All header names and values that it ever got. */
	readonly headers: string[] = [];

	private constructor(private readonly http: Server) {}

	static async start(
		issuer: () => string,
		audienceOf: (token: string) => Promise<string | undefined>,
	): Promise<ProtectedServer> {
		const http = createServer();
		const server = new ProtectedServer(http);
		const handle = async (request: IncomingMessage, response: ServerResponse) => {
			const metadata = '/.well-known/oauth-protected-resource/mcp';
			if (request.url === metadata) {
				response.setHeader('content-type', 'application/json');
				const about = { resource: server.url, authorization_servers: [issuer()], scopes_supported: ['mcp'] };
				response.end(JSON.stringify(about));
				return;
			}
			const { authorization } = request.headers;
			server.authorizations.push(authorization);
			server.headers.push(...request.rawHeaders);
			const audience = await audienceOf(authorization?.replace(/^Bearer /, '') ?? '');
			if (audience !== server.url) {
				const challenge = `Bearer resource_metadata="${new URL(metadata, server.url).href}", scope="mcp"`;
				response.writeHead(401, { 'www-authenticate': challenge }).end();
				return;
			}
			const mcp = new McpServer({ name: 'protected', version: '1.0.0' });
			mcp.registerTool('greet', { description: 'Greets.' }, () => ({
				content: [{ type: 'text', text: 'hello' }],
			}));
			const transport = new StreamableHTTPServerTransport({
				enableJsonResponse: true,
			});
			response.once('close', () => void transport.close());
			await mcp.connect(transport);
			await transport.handleRequest(request, response);
		};
		http.on('request', (request: IncomingMessage, response: ServerResponse) => {
			handle(request, response).catch(() => response.destroy());
		});
		await new Promise<void>(resolve => http.listen(0, '127.0.0.1', resolve));
		return server;
	}

	get url(): string {
		return `http://127.0.0.1:${String((this.http.address() as AddressInfo).port)}/mcp`;
	}

	async close(): Promise<void> {
		const closed = new Promise(resolve => this.http.close(resolve));
		this.http.closeAllConnections();
		await closed;
	}
}
