import { realpathSync } from 'node:fs';
import { connect } from 'node:net';
import { isAbsolute, relative, sep } from 'node:path';
import { FirewallError } from '../base/errors';
import { type ConnectAddress, readAddressUri } from '../proxy/connectAddress';
import { chooseWindows } from '../storage/chooseWindow';
import { readWindows } from '../storage/discoveryFiles';

/** Which server is wanted, and from where. */
export interface ConnectTarget {
	/** Its id, or its name where only one server has it. */
	readonly server: string;
	/** Absolute: the folder that the client works in. */
	readonly place: string;
	/** The folder of the discovery files. */
	readonly root: string;
}

/** A window that serves the server, and listens. */
export interface WindowWay {
	readonly address: ConnectAddress;
	/** A secret. */
	readonly token: string;
}

/** Milliseconds that a window may take to accept a connection; its event loop may be busy. */
const PROBE_MS = 2_000;

/**
 * The best window for a server that listens now; undefined when there is none. Rejects with `usage` where a name stands for
 * different servers. `told` gets what was left aside, for people.
 */
export async function findWindow(target: ConnectTarget, told: (why: string) => void): Promise<WindowWay | undefined> {
	const { server: wanted, place, root } = target;
	const chosen = chooseWindows(await readWindows(root, told), wanted, place, holds);
	if (typeof chosen === 'string') {
		throw new FirewallError('usage', chosen);
	}
	for (const { server } of chosen) {
		const address = readAddressUri(server.uri);
		if (address !== undefined && (await listens(address))) {
			return { address, token: server.token };
		}
	}
	return undefined;
}

function holds(folder: string, path: string): boolean {
	const way = relative(real(folder), real(path));
	return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way));
}

function real(path: string): string {
	try {
		return realpathSync.native(path);
	} catch {
		return path;
	}
}

function listens(address: ConnectAddress): Promise<boolean> {
	return new Promise(resolve => {
		const socket = connect('socketPath' in address ? { path: address.socketPath } : address);
		const done = (open: boolean) => {
			socket.destroy();
			resolve(open);
		};
		socket.setTimeout(PROBE_MS, () => done(false));
		socket.once('connect', () => done(true)).once('error', () => done(false));
	});
}
