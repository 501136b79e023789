/** Where a guarded server is reached, as `node:http` wants it. */
export type ConnectAddress =
	| { readonly socketPath: string; readonly path: string }
	| { readonly host: string; readonly port: number; readonly path: string };

/** Reads what `addressUri` wrote. Undefined for anything else. */
export function readAddressUri(uri: string): ConnectAddress | undefined {
	const [, unix, unixRoute] = /^unix:\/\/(\/[^#]+)#(\/.+)$/.exec(uri) ?? [];
	if (unix !== undefined && unixRoute !== undefined) {
		const socketPath = decoded(unix);
		return socketPath === undefined ? undefined : { socketPath, path: unixRoute };
	}
	const [, pipe, pipeRoute] = /^pipe:([^#]+)#(\/.+)$/.exec(uri) ?? [];
	if (pipe !== undefined && pipeRoute !== undefined) {
		return { socketPath: pipe, path: pipeRoute };
	}
	const [, port, route] = /^http:\/\/127\.0\.0\.1:(\d{1,5})(\/.+)$/.exec(uri) ?? [];
	return port === undefined || route === undefined
		? undefined
		: { host: '127.0.0.1', port: Number(port), path: route };
}

function decoded(path: string): string | undefined {
	try {
		return decodeURI(path);
	} catch {
		return undefined;
	}
}
