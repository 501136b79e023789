import { createServer } from 'node:http';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';

/** An MCP server over Streamable HTTP on loopback. */
export async function serveLighthouse() {
	const http = createServer(async (request, response) => {
		const server = new McpServer({ name: 'lighthouse', version: '1.0.0' });
		const annotations = { readOnlyHint: true, openWorldHint: false };
		server.registerTool('read_light', { description: 'Reads the character of the light.', annotations }, () => ({
			content: [{ type: 'text', text: 'Fl 5s' }],
		}));
		const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: undefined });
		response.on('close', () => void server.close());
		await server.connect(transport);
		await transport.handleRequest(request, response);
	});
	await new Promise(resolve => http.listen(0, '127.0.0.1', resolve));
	return {
		url: `http://127.0.0.1:${http.address().port}/mcp`,
		close() {
			http.closeAllConnections();
			http.close();
		},
	};
}
