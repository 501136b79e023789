import { chmod, lstat, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type IdSource } from '../../base/clock';
import { errorText, FirewallError } from '../../base/errors';
import { phrase } from '../../base/phrase';
import { type Logger } from '../../base/logger';

/** Where the endpoint listens. `folder`, where there is one, is ours and goes away with the endpoint. */
export type SocketAddress =
	| { readonly kind: 'unix'; readonly path: string; readonly folder: string | undefined }
	| { readonly kind: 'pipe'; readonly path: string }
	| { readonly kind: 'tcp'; readonly port: number };

/** A place that somebody chose: a port of the loopback interface (0: any that is free), or the path of a socket. */
export type FixedPlace = { readonly port: number } | { readonly path: string };

/** `sun_path` holds 104 bytes on macOS and 108 on Linux, with the closing zero. */
const MAX_SOCKET_PATH = 100;
const SOCKET_NAME = 'mcp.sock';

/**
 * Binds the server: a Unix socket in a fresh 0700 folder inside `directory`, else inside the system's folder for
 * temporary files; on Windows a named pipe with a random name; loopback TCP on a random port only where none can be
 * had.
 */
export async function bind(server: Server, directory: string, ids: IdSource, logger: Logger): Promise<SocketAddress> {
	if (process.platform === 'win32') {
		const path = `\\\\.\\pipe\\mcp-firewall-${ids.token()}`;
		if (await tryListen(server, { path }, logger)) {
			return { kind: 'pipe', path };
		}
	} else {
		for (const parent of [directory, tmpdir()]) {
			const address = await bindUnix(server, parent, logger);
			if (address !== undefined) {
				return address;
			}
		}
	}
	if (await tryListen(server, { host: '127.0.0.1', port: 0 }, logger)) {
		const address = server.address();
		if (typeof address === 'object' && address !== null) {
			return { kind: 'tcp', port: address.port };
		}
	}
	throw new FirewallError('endpoint-unavailable', phrase('Neither a socket nor a loopback port could be opened.'));
}

/**
 * Binds the server at a chosen place; a socket that is there already is not taken over. Throws `endpoint-unavailable` where
 * that cannot be.
 */
export async function bindAt(server: Server, place: FixedPlace, logger: Logger): Promise<SocketAddress> {
	if ('path' in place) {
		// The socket is made by the call itself, so nobody else can connect before it is 0600.
		const before = process.umask(0o177);
		const listening = tryListen(server, place, logger);
		process.umask(before);
		if (await listening) {
			return process.platform === 'win32'
				? { kind: 'pipe', path: place.path }
				: { kind: 'unix', path: place.path, folder: undefined };
		}
	} else if (await tryListen(server, { host: '127.0.0.1', port: place.port }, logger)) {
		const address = server.address();
		if (typeof address === 'object' && address !== null) {
			return { kind: 'tcp', port: address.port };
		}
	}
	const where = 'path' in place ? place.path : `127.0.0.1:${String(place.port)}`;
	throw new FirewallError(
		'endpoint-unavailable',
		phrase('Cannot listen at {0}: it is taken, or not allowed.', where),
	);
}

/**
 * Binds another server at the address of one that does not listen any more, after somebody removed the socket or its folder.
 * False when the place is not ours any more: the folder's name was known, and somebody else may have made it anew.
 */
export async function bindAgain(
	server: Server,
	address: SocketAddress & { readonly kind: 'unix' },
	logger: Logger,
): Promise<boolean> {
	try {
		const { folder, path } = address;
		if (folder !== undefined) {
			await mkdir(dirname(folder), { recursive: true, mode: 0o700 });
			await mkdir(folder, { mode: 0o700 }).catch(() => {});
			const found = await lstat(folder);
			if (!found.isDirectory() || found.uid !== process.getuid?.()) {
				return false;
			}
			await chmod(folder, 0o700);
			await rm(path, { force: true });
		}
		await bindAt(server, { path }, logger);
		return true;
	} catch (error) {
		logger.warn(`The socket cannot be made again: ${errorText(error)}`);
		return false;
	}
}

/** Tells one socket in the file system from another; undefined where there is none. */
export async function socketSign(path: string): Promise<string | undefined> {
	try {
		const { dev, ino } = await lstat(path, { bigint: true });
		return `${String(dev)}:${String(ino)}`;
	} catch {
		return undefined;
	}
}

/** Removes what `bind` left in the file system. */
export async function unbind(address: SocketAddress): Promise<void> {
	if (address.kind === 'unix' && address.folder !== undefined) {
		await rm(address.folder, { recursive: true, force: true });
	}
}

/** The URI under which VS Code finds a request path on an address (spec/editor.md §5). */
export function addressUri(address: SocketAddress, requestPath: string): string {
	switch (address.kind) {
		case 'unix':
			return `unix://${encodeURI(address.path)}#${requestPath}`;
		case 'pipe':
			// No authority: the path of the URI is the pipe's name as it stands.
			return `pipe:${address.path}#${requestPath}`;
		case 'tcp':
			return `http://127.0.0.1:${String(address.port)}${requestPath}`;
	}
}

async function bindUnix(server: Server, parent: string, logger: Logger): Promise<SocketAddress | undefined> {
	let folder: string | undefined;
	try {
		await mkdir(parent, { recursive: true, mode: 0o700 });
		// mkdtemp makes the folder 0700: nobody else can connect between listen and chmod.
		folder = await mkdtemp(join(parent, 'mf-'));
		const path = join(folder, SOCKET_NAME);
		if (Buffer.byteLength(path) <= MAX_SOCKET_PATH && (await tryListen(server, { path }, logger))) {
			await chmod(path, 0o600);
			return { kind: 'unix', path, folder };
		}
	} catch (error) {
		logger.warn(`No socket in ${parent}: ${errorText(error)}`);
	}
	if (folder !== undefined) {
		await rm(folder, { recursive: true, force: true });
	}
	return undefined;
}

async function tryListen(server: Server, where: { path: string } | { host: string; port: number }, logger: Logger) {
	try {
		await new Promise<void>((resolve, reject) => {
			server.once('error', reject);
			server.listen(where, () => {
				server.off('error', reject);
				resolve();
			});
		});
		return true;
	} catch (error) {
		logger.warn(`Cannot listen: ${errorText(error)}`);
		return false;
	}
}
