import { gatewayArguments, startGateway } from '../../scripts/lib/gateway.mjs';
import { introduction, stdioPeer } from '../../scripts/lib/stdioPeer.mjs';

/** Offers the server nothing, so that it asks nothing: then all ways see the same messages. */
const hello = { ...introduction, capabilities: {} };

/**
 * The three ways to a server. Each gives the lines that answer `initialize`, `tools/list` and the calls, in this order.
 *
 * @type {Record<string, (place: object, calls: readonly [string, object][]) => Promise<readonly string[]>>}
 */
export const ways = {
	direct: ({ command: [file, ...args], folder, env }, calls) =>
		overStdio(stdioPeer(file, args, { cwd: folder, env: { ...process.env, ...env } }), calls),
	stdio: (place, calls) =>
		overStdio(
			stdioPeer(process.execPath, gatewayArguments({ ...place, workspace: place.folder }), {
				cwd: place.folder,
				env: { ...process.env, ...place.env },
			}),
			calls,
		),
	http: overHttp,
};

function requests(calls) {
	return [
		['initialize', hello],
		['tools/list', {}],
		...calls.map(([name, args]) => ['tools/call', { name, arguments: args }]),
	];
}

async function overStdio(peer, calls) {
	try {
		const lines = [];
		for (const [method, params] of requests(calls)) {
			lines.push(await peer.call(method, params));
			if (method === 'initialize') peer.notify('notifications/initialized');
		}
		return lines;
	} finally {
		await peer.stop();
	}
}

async function overHttp(place, calls) {
	const gateway = await startGateway({ ...place, workspace: place.folder, cwd: place.folder });
	const headers = {
		authorization: `Bearer ${gateway.token}`,
		'content-type': 'application/json',
		// No stream: the body is the answer.
		accept: 'application/json',
	};
	const post = async message => {
		const response = await fetch(`http://127.0.0.1:${gateway.port}${gateway.path}`, {
			method: 'POST',
			headers,
			body: JSON.stringify({ jsonrpc: '2.0', ...message }),
		});
		headers['mcp-session-id'] ??= response.headers.get('mcp-session-id');
		return response.text();
	};
	try {
		const lines = [];
		for (const [method, params] of requests(calls)) {
			lines.push(await post({ id: lines.length + 1, method, params }));
			if (method === 'initialize') await post({ method: 'notifications/initialized' });
		}
		return lines;
	} finally {
		await gateway.stop();
	}
}
