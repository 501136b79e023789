import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { urlOf } from '../base/urlOf';
import { RegistrationError } from './guardErrors';

/** How long a registry may take, and how long its answer may be. */
const TIMEOUT_MS = 30_000;
const MAX_ANSWER = 64 * 1024;

/** One request to a registry. */
export interface RegistryCall {
	readonly method: 'PUT' | 'POST';
	/** `https://registry.capisc.io`; http only to this machine. */
	readonly registry: string;
	readonly path: string;
	/** Goes into `X-Capiscio-Registry-Key`; never into an error. */
	readonly apiKey: string;
	readonly body: object;
	/** Certificates (PEM) that count instead of the system's. */
	readonly ca?: string;
	readonly signal?: AbortSignal;
}

/** What a registry answered; `body` is what could be parsed of it. Attacker-controlled as far as the registry is. */
export interface RegistryAnswer {
	readonly status: number;
	readonly body: unknown;
}

/** Makes a request. Rejects with a RegistrationError where there is no whole answer in 30 s; redirects are not followed. */
export function callRegistry(call: RegistryCall): Promise<RegistryAnswer> {
	const url = registryUrl(call);
	const body = JSON.stringify(call.body);
	const deadline = AbortSignal.timeout(TIMEOUT_MS);
	const signal = call.signal === undefined ? deadline : AbortSignal.any([deadline, call.signal]);
	const options = {
		...{ method: call.method, signal, ...(call.ca !== undefined && { ca: call.ca }) },
		headers: {
			...{ 'content-type': 'application/json', accept: 'application/json' },
			...{ 'content-length': Buffer.byteLength(body), 'x-capiscio-registry-key': call.apiKey },
		},
	};
	return new Promise<RegistryAnswer>((resolve, reject) => {
		const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
		const sent = send(url, options, answer => {
			const pieces: Buffer[] = [];
			let size = 0;
			answer.on('data', (piece: Buffer) => {
				size += piece.length;
				if (size > MAX_ANSWER) {
					sent.destroy(new Error('its answer is longer than 64 KiB'));
				}
				pieces.push(piece);
			});
			answer.on('error', reject);
			answer.on('end', () => {
				resolve({ status: answer.statusCode ?? 0, body: parse(Buffer.concat(pieces)) });
			});
		});
		sent.on('error', reject);
		sent.end(body);
	}).catch((error: unknown) => {
		const code = error instanceof Error && 'code' in error ? String(error.code) : 'no answer';
		throw new RegistrationError(
			deadline.aborted
				? 'The registry did not answer in 30 s.'
				: `The registry cannot be reached (${code.slice(0, 40)}).`,
		);
	});
}

function registryUrl({ registry, path }: RegistryCall): URL {
	const url = urlOf(registry);
	const local = url !== undefined && ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
	// The key that goes there is worth as much as the server's name.
	if (url === undefined || (url.protocol !== 'https:' && !(local && url.protocol === 'http:'))) {
		throw new RegistrationError('The registry must be an https URL (http only to this machine).');
	}
	return new URL(`${url.pathname.replace(/\/+$/, '')}${path}`, url);
}

function parse(bytes: Buffer): unknown {
	try {
		return JSON.parse(bytes.toString());
	} catch {
		return undefined;
	}
}
