import { BlockList, isIP } from 'node:net';
import { type Clock } from '../../base/clock';
import { FirewallError } from '../../base/errors';
import { isLoopback } from './httpTarget';
import { MAX_OAUTH_BYTES, OAUTH_ANSWER_MS } from '../limits';
import { TROUBLE } from './troubleWords';

/** RFC 1122, 1918, 3927, 4193, 4291, 6598: this machine, and what is reached from it but not from the net. */
const NEAR = new BlockList();
for (const [net, bits] of [
	['0.0.0.0', 8],
	['10.0.0.0', 8],
	['100.64.0.0', 10],
	['127.0.0.0', 8],
	['169.254.0.0', 16],
	['172.16.0.0', 12],
	['192.168.0.0', 16],
] as const) {
	NEAR.addSubnet(net, bits, 'ipv4');
}
for (const [net, bits] of [
	['::', 127],
	['fc00::', 7],
	['fe80::', 10],
] as const) {
	NEAR.addSubnet(net, bits, 'ipv6');
}

/** True where the address itself, without asking DNS, is one of {@link NEAR}. */
function isNear({ hostname }: URL): boolean {
	const host = hostname.replace(/^\[|\]$|\.$/g, '');
	const version = isIP(host);
	return version === 0 ? /(?:^|\.)localhost$/.test(host) : NEAR.check(host, version === 6 ? 'ipv6' : 'ipv4');
}

/**
 * True for an address that OAuth for this upstream may use: `https`, or plain `http` on this machine where the upstream is on it
 * as well. What a server on the net says never leads to this machine, nor to an address of a private network.
 */
export function isOAuthAddress(address: URL, upstream: URL): boolean {
	return (
		address.username === '' &&
		address.password === '' &&
		(address.protocol === 'https:'
			? (isLoopback(upstream) || !isLoopback(address)) && (isNear(upstream) || !isNear(address))
			: address.protocol === 'http:' && isLoopback(address) && isLoopback(upstream))
	);
}

/**
 * A `fetch` for metadata and tokens: bounded in addresses, time and size; redirections are not followed (the caller follows
 * those within an origin). Rejects with `upstream-failed`; nothing that a server said is in the message.
 */
export function oauthFetch(
	upstream: URL,
	clock: Clock,
	signal: AbortSignal,
): (address: string | URL, init?: RequestInit) => Promise<Response> {
	return async (address, init) => {
		const url = new URL(address);
		if (!isOAuthAddress(url, upstream)) {
			throw new FirewallError('upstream-failed', TROUBLE.notHttps);
		}
		const ending = new AbortController();
		const stop = () => ending.abort();
		const timer = clock.schedule(OAUTH_ANSWER_MS, stop);
		signal.addEventListener('abort', stop, { once: true });
		try {
			const response = await fetch(url, { ...init, redirect: 'manual', signal: ending.signal });
			const { status, statusText, headers } = response;
			const bytes = await bounded(response);
			return new Response(status === 204 || status === 304 ? null : bytes, { status, statusText, headers });
		} catch (error) {
			throw error instanceof FirewallError
				? error
				: new FirewallError('upstream-failed', TROUBLE.signInUnreachable, { cause: error });
		} finally {
			timer.dispose();
			signal.removeEventListener('abort', stop);
		}
	};
}

async function bounded(response: Response): Promise<Uint8Array<ArrayBuffer>> {
	const chunks: Uint8Array[] = [];
	let size = 0;
	const reader = response.body?.getReader();
	for (let next = await reader?.read(); next?.value !== undefined; next = await reader?.read()) {
		const chunk: Uint8Array = next.value;
		size += chunk.length;
		if (size > MAX_OAUTH_BYTES) {
			await reader?.cancel();
			throw new FirewallError('upstream-failed', TROUBLE.signInTooLarge);
		}
		chunks.push(chunk);
	}
	return Uint8Array.from(Buffer.concat(chunks));
}
