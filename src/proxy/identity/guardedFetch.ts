import { lookup as systemLookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { type Clock } from '../../base/clock';
import { DisposableStore } from '../../base/disposable';
import { urlOf } from '../../base/urlOf';
import { mayFetchFrom } from '../../domain/identity/fetchAddress';
import {
	type IdentityAnswer,
	type IdentityDocument,
	type IdentityFetch,
	type IdentityRequest,
} from '../../domain/identity/identityFetch';
import { type FetchTarget, getOver } from './getOver';

/** Bytes of a body (identity.md §6.2, 8; RFC-003). */
export const DOCUMENT_BYTES: Readonly<Record<IdentityDocument, number>> = {
	jwks: 64 * 1024,
	did: 64 * 1024,
	discovery: 64 * 1024,
	'badge-status': 16 * 1024,
	'agent-status': 16 * 1024,
	revocations: 1024 * 1024,
};

/** Milliseconds until the name is resolved and TLS stands, and for all of it. */
export const FETCH_CONNECT_MS = 3_000;
export const FETCH_WHOLE_MS = 10_000;
/** Addresses of a name that are tried, one after the other. */
const MAX_TRIES = 3;

/** What {@link guardedFetch} works with. */
export interface GuardedFetchParts {
	readonly clock: Pick<Clock, 'schedule'>;
	/** All addresses of a name; may reject. The system's resolver when absent. */
	readonly lookup?: (host: string) => Promise<readonly string[]>;
	/** Certificate authorities instead of Node's (PEM). */
	readonly ca?: string;
}

type Failure = Extract<IdentityAnswer, { ok: false }>['why'];

/**
 * Fetches public documents over HTTPS, so that no badge, DID or server can make us ask an address of its choice (RFC-003 §9.7,
 * identity.md §4.3). INVARIANT: a name is resolved once, every address that it has is checked, and the connection goes to one of
 * those, with the name in SNI and certificate; no redirect is followed, no proxy of the environment or the editor used, no cookie
 * and no credential sent. Never rejects.
 */
export function guardedFetch(parts: GuardedFetchParts): IdentityFetch {
	return async request => {
		const url = urlOf(request.url);
		if (url?.protocol !== 'https:' || url.username !== '' || url.password !== '' || url.port === '0') {
			return { ok: false, why: 'blocked' };
		}
		if (request.signal?.aborted === true) {
			return { ok: false, why: 'aborted' };
		}
		const fetching = new Fetching(parts, request, url);
		try {
			return await Promise.race([fetching.ended, fetching.run()]);
		} catch {
			return { ok: false, why: 'unreachable' };
		} finally {
			fetching.dispose();
		}
	};
}

class Fetching {
	private readonly store = new DisposableStore();
	private readonly stop = new AbortController();
	/** Resolves once nobody waits any longer. */
	readonly ended: Promise<IdentityAnswer>;
	private connecting = true;

	constructor(
		private readonly parts: GuardedFetchParts,
		private readonly request: IdentityRequest,
		private readonly url: URL,
	) {
		this.ended = new Promise(resolve => {
			const end = (why: Failure) => {
				resolve({ ok: false, why });
				this.stop.abort();
			};
			const { clock } = parts;
			this.store.add(clock.schedule(FETCH_CONNECT_MS, () => this.connecting && end('timeout')));
			this.store.add(clock.schedule(FETCH_WHOLE_MS, () => end('timeout')));
			request.signal?.addEventListener('abort', () => end('aborted'), { signal: this.stop.signal });
		});
	}

	async run(): Promise<IdentityAnswer> {
		const host = this.url.hostname.replace(/^\[|\]$/g, '');
		const addresses = isIP(host) === 0 ? await this.resolve(host) : [host];
		if (addresses.length === 0) {
			return { ok: false, why: 'unreachable' };
		}
		const open = this.request.privateAddresses === true;
		if (!addresses.every(address => mayFetchFrom(address, open))) {
			return { ok: false, why: 'blocked' };
		}
		const target: FetchTarget = {
			...{ host: this.url.host, path: `${this.url.pathname}${this.url.search}` },
			...{ maxBytes: DOCUMENT_BYTES[this.request.document], signal: this.stop.signal },
		};
		for (const address of addresses.slice(0, MAX_TRIES)) {
			const socket = await this.connect(address, isIP(host) === 0 ? host : undefined);
			if (socket !== undefined) {
				this.connecting = false;
				return getOver(socket, target);
			}
		}
		return { ok: false, why: 'unreachable' };
	}

	dispose(): void {
		this.stop.abort();
		this.store.dispose();
	}

	private async resolve(host: string): Promise<readonly string[]> {
		const { lookup = lookupAll } = this.parts;
		try {
			return [...new Set(await lookup(host))];
		} catch {
			return [];
		}
	}

	/** A connection whose certificate is one for this host; undefined where there is none. */
	private connect(address: string, name: string | undefined): Promise<TLSSocket | undefined> {
		const { signal } = this.stop;
		if (signal.aborted) {
			return Promise.resolve(undefined);
		}
		const { ca } = this.parts;
		return new Promise(resolve => {
			const socket = connect({
				...{ host: address, port: Number(this.url.port === '' ? 443 : this.url.port) },
				// A name as SNI and for the certificate; an address is held against the certificate's addresses.
				...{
					servername: name ?? '',
					ALPNProtocols: ['http/1.1'],
					minVersion: 'TLSv1.2',
					rejectUnauthorized: true,
				},
				...(ca !== undefined && { ca }),
			});
			signal.addEventListener('abort', () => socket.destroy(), { once: true });
			socket.once('secureConnect', () => resolve(socket.authorized ? socket : undefined));
			socket.on('error', () => resolve(undefined));
			socket.once('close', () => resolve(undefined));
		});
	}
}

async function lookupAll(host: string): Promise<readonly string[]> {
	const found = await systemLookup(host, { all: true, verbatim: true });
	return found.map(({ address }) => address);
}
