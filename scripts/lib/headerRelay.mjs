import { createServer, request as send } from 'node:http';

/**
 * Stands in front of the product for clients that cannot send a token: adds the `Authorization` header and maps `/mcp` to
 * the path of the guarded server. Everything else passes as it came, `Host` and `Origin` among it, and a client that leaves
 * is a client that left.
 *
 * @param {{ port: number, path: string, token: string }} target
 * @returns {Promise<{ url: string, close: () => void }>} once it listens
 */
export async function startHeaderRelay(target) {
	const server = createServer((request, response) => {
		const onward = send({
			host: '127.0.0.1',
			port: target.port,
			method: request.method,
			path: request.url.replace(/^\/mcp(?=$|\?)/, target.path),
			headers: [...request.rawHeaders, 'Authorization', `Bearer ${target.token}`],
			agent: false,
		});
		onward.once('response', answer => {
			response.writeHead(answer.statusCode, answer.statusMessage, answer.rawHeaders);
			response.flushHeaders();
			answer.pipe(response);
			answer.once('error', () => response.destroy());
		});
		onward.once('error', () => response.destroy());
		response.once('close', () => onward.destroy());
		request.pipe(onward);
	});
	await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
	return {
		url: `http://127.0.0.1:${server.address().port}/mcp`,
		close: () => {
			server.close();
			server.closeAllConnections();
		},
	};
}
