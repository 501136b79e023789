import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { FirewallError } from '../../base/errors';
import { urlOf } from '../../base/urlOf';
import { OneShot } from '../relay/oneShot';
import { type AuthorizationDoor } from './oauthPorts';
import { TROUBLE } from './troubleWords';

/** What a door on this machine needs of its surroundings. */
export interface LoopbackDoorOptions {
	/** Unguessable; a part of the address. */
	readonly token: string;
	/** The address under which a browser of the person reaches this machine's (a remote window forwards the port). */
	readonly seenFrom: (address: string) => Promise<string>;
	/** Asks the person and opens the browser. Rejects when the person says no. */
	readonly show: (address: URL, signal: AbortSignal) => Promise<void>;
}

const PAGE = (text: string) =>
	`<!doctype html><html lang="en"><meta charset="utf-8"><title>MCP Firewall</title><p>${text}</p></html>`;
const HEADERS = {
	'Content-Type': 'text/html; charset=utf-8',
	'Content-Security-Policy': "default-src 'none'",
	'Cache-Control': 'no-store',
	'Referrer-Policy': 'no-referrer',
	Connection: 'close',
};

/**
 * Where a browser comes back to after a sign-in (RFC 8252 §7.3): `http://127.0.0.1:PORT/TOKEN`, a port that the system chooses,
 * for as long as the sign-in lasts. Takes one redirection, the one with the `state` that was sent out: whatever else comes by
 * (another page, a scan of ports) is refused and ends nothing. Nothing of a request is shown.
 */
export async function openLoopbackDoor({ token, seenFrom, show }: LoopbackDoorOptions): Promise<AuthorizationDoor> {
	const back = new OneShot<URLSearchParams>();
	let expected: string | undefined;
	const server = createServer((request: IncomingMessage, response: ServerResponse) => {
		request.resume();
		// `//` is a target that HTTP lets through and that is no URL.
		const target = request.url ?? '/';
		const asked = urlOf(target, 'http://localhost');
		const ours = request.method === 'GET' && asked?.pathname === `/${token}`;
		if (!ours || expected === undefined || asked.searchParams.get('state') !== expected) {
			response.writeHead(ours ? 400 : 404, HEADERS).end(PAGE('This is not the sign-in that was asked for.'));
			return;
		}
		expected = undefined;
		response.writeHead(200, HEADERS).end(PAGE('You can close this window and go back to the editor.'));
		back.fire(asked.searchParams);
	});
	await new Promise<void>((resolve, reject) => {
		server.once('error', reject);
		server.listen(0, '127.0.0.1', resolve);
	});
	const close = () => {
		server.close();
		server.closeAllConnections();
	};
	const { port } = server.address() as AddressInfo;
	let redirectUrl: string;
	try {
		redirectUrl = await seenFrom(`http://127.0.0.1:${String(port)}/${token}`);
	} catch (error) {
		close();
		throw new FirewallError('upstream-failed', TROUBLE.noWayBack, { cause: error });
	}
	return {
		redirectUrl,
		async authorize(address, signal) {
			expected = address.searchParams.get('state') ?? undefined;
			const ended = new Promise<never>((_resolve, reject) => {
				const end = () => {
					reject(new FirewallError('aborted', TROUBLE.givenUp));
				};
				signal.addEventListener('abort', end, { once: true });
				if (signal.aborted) {
					end();
				}
			});
			ended.catch(() => {});
			await Promise.race([show(address, signal), ended]);
			return Promise.race([back.promise, ended]);
		},
		dispose: close,
	};
}
