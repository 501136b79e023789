import { realpathSync } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname, isAbsolute, relative, sep } from 'node:path';
import { FirewallError } from '../base/errors';
import { type ConnectAddress, readAddressUri } from '../proxy/connect/connectAddress';
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
		if (address !== undefined && (await isOurs(address)) && (await listens(address))) {
			return { address, token: server.token };
		}
	}
	return undefined;
}

/** True while a window has the folder open in Restricted Mode, in which nothing of it may start. */
export async function isRestricted(root: string, place: string): Promise<boolean> {
	const windows = await readWindows(root);
	return windows.some(({ restricted, folders }) => restricted && folders.some(folder => holds(folder, place)));
}

/**
 * INVARIANT: the token and what a client says go to nobody else. A socket's folder has a name that all could read; once it is
 * gone (a cleaner of /tmp), another user can make it anew and listen there.
 */
async function isOurs(address: ConnectAddress): Promise<boolean> {
	if (!('socketPath' in address) || process.platform === 'win32') {
		return true;
	}
	const { socketPath } = address;
	try {
		const facts = await Promise.all([socketPath, dirname(socketPath)].map(path => lstat(path)));
		return facts.every(({ uid }) => uid === process.getuid?.());
	} catch {
		return false;
	}
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
