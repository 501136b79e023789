import { chown, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { findWindow, isRestricted } from '../../../src/cli/connectWays';
import { discoveryFolder } from '../../../src/storage/discoveryPlace';
import { publishWindow } from '../../../src/storage/discoveryWriter';
import { lacks } from '../support/machine';

const noPosix = lacks('posix', 'a window listens at a socket with an owner');
const notRoot = lacks('root', 'a socket is given to somebody else');

const id = 'a'.repeat(64);
let home: string;
let server: Server;
let connections = 0;

beforeEach(async () => {
	home = await mkdtemp(join(tmpdir(), 'mf-ways-'));
	connections = 0;
	server = createServer(socket => {
		connections++;
		socket.destroy();
	});
});

afterEach(async () => {
	await new Promise(resolve => server.close(resolve));
	await rm(home, { recursive: true, force: true });
});

/** A window whose record names a socket that listens. */
async function publish(restricted = false): Promise<{ readonly root: string; readonly socket: string }> {
	const root = discoveryFolder(home);
	const socket = join(home, 'mf-x', 'mcp.sock');
	await mkdir(dirname(socket), { mode: 0o700 });
	await new Promise<void>(resolve => server.listen(socket, resolve));
	await publishWindow(root, {
		...{ id: '1'.repeat(32), pid: process.pid, startedAt: 1, extensionVersion: '1' },
		...{ folders: [join(home, 'ws')], restricted },
		servers: [{ id, name: 'Files', uri: `unix://${socket}#/servers/${id}/mcp`, token: 't'.repeat(32) }],
	});
	return { root, socket };
}

describe.skipIf(noPosix)('the way to a window', () => {
	it('leads to the socket of its record', async () => {
		const { root, socket } = await publish();
		const found = await findWindow({ server: id, place: home, root }, () => {});
		expect(found?.address).toMatchObject({ socketPath: socket });
		await expect.poll(() => connections).toBe(1);
	});

	it.skipIf(notRoot).each(['socket', 'folder'])('a %s that somebody else made anew is not spoken to', async what => {
		const { root, socket } = await publish();
		await chown(what === 'socket' ? socket : dirname(socket), 12345, 12345);
		expect(await findWindow({ server: id, place: home, root }, () => {})).toBeUndefined();
		expect(connections).toBe(0);
	});

	it('from a sandbox that may not signal, the window is left alone and its file stays', async () => {
		const { root } = await publish();
		const kill = vi.spyOn(process, 'kill').mockImplementation(() => {
			throw Object.assign(new Error('kill EPERM'), { code: 'EPERM' });
		});
		expect(await findWindow({ server: id, place: home, root }, () => {})).toBeUndefined();
		kill.mockRestore();
		expect(await findWindow({ server: id, place: home, root }, () => {})).toBeDefined();
	});

	it('Restricted Mode counts for the folders of its window, and what lies in them', async () => {
		const { root } = await publish(true);
		expect(await isRestricted(root, join(home, 'ws'))).toBe(true);
		expect(await isRestricted(root, join(home, 'ws', 'a', 'b'))).toBe(true);
		expect(await isRestricted(root, home)).toBe(false);
	});
});

describe('the folder of the discovery files', () => {
	it.skipIf(noPosix).each(['', 'relative'])('HOME=%j never leads into the folder that a client works in', value => {
		vi.stubEnv('HOME', value);
		expect(discoveryFolder()).toMatch(/^\//);
	});
});
