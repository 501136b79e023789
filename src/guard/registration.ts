import { createPublicKey, generateKeyPairSync, randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isJsonObject } from '../base/json';
import { printable } from '../base/printable';
import { didKeyOf } from '../domain/identity/did';
import { makePrivateDirectory } from '../storage/privateFile';
import { KeyGenerationError, RegistrationError } from './guardErrors';
import { callRegistry, type RegistryCall } from './registryCall';

/** The registry of CapiscIO; any other that speaks the same can be named instead. */
export const DEFAULT_REGISTRY = 'https://registry.capisc.io';

/** A server's key pair. */
export interface ServerKeypair {
	readonly keyId: string;
	/** `did:key:z6Mk…` */
	readonly didKey: string;
	/** SPKI. */
	readonly publicKeyPem: string;
	/** PKCS#8. A secret. */
	readonly privateKeyPem: string;
	/** Where the private key was written, 0600. */
	readonly privateKeyPath?: string;
}

/** Which server of a registry, and with what right. */
export interface RegistryAccess {
	/** Id that the registry gave the server. */
	readonly serverId: string;
	/** A secret: goes into a header, and into no error. */
	readonly apiKey: string;
	/** Absent: {@link DEFAULT_REGISTRY}. */
	readonly caUrl?: string;
	/** Certificates (PEM) that count instead of the system's: for a registry of one's own. */
	readonly ca?: string;
	readonly signal?: AbortSignal;
}

/**
 * Makes an Ed25519 key pair, here, and with `outputDir` writes the private key there as `{keyId}.pem`, readable by its owner
 * alone. An existing file is never overwritten. Rejects with a KeyGenerationError.
 */
export async function generateServerKeypair({
	keyId = randomUUID(),
	outputDir,
}: { readonly keyId?: string; readonly outputDir?: string } = {}): Promise<ServerKeypair> {
	if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(keyId)) {
		throw new KeyGenerationError('keyId must be letters, digits, dots, dashes and underscores.');
	}
	const { publicKey, privateKey } = generateKeyPairSync('ed25519');
	const privateKeyPem = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
	const publicKeyPem = publicKey.export({ type: 'spki', format: 'pem' }) as string;
	const { x = '' } = publicKey.export({ format: 'jwk' });
	const pair = { keyId, didKey: didKeyOf({ x }), publicKeyPem, privateKeyPem };
	if (outputDir === undefined) {
		return pair;
	}
	const privateKeyPath = join(outputDir, `${keyId}.pem`);
	try {
		await makePrivateDirectory(outputDir);
		await writeFile(privateKeyPath, privateKeyPem, { mode: 0o600, flag: 'wx' });
	} catch (error) {
		const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
		throw new KeyGenerationError(`The private key could not be written (${code}).`);
	}
	return { ...pair, privateKeyPath };
}

/**
 * Registers a server's DID and public key (PEM): `PUT {caUrl}/v1/sdk/servers/{serverId}`. Rejects with a RegistrationError that
 * has the status of the answer.
 */
export async function registerServerIdentity(
	access: RegistryAccess & { readonly did: string; readonly publicKey: string },
): Promise<{ readonly success: true; readonly message: string; readonly data: unknown }> {
	const { did, publicKey } = access;
	const { status, body } = await callRegistry(callOf(access, 'PUT', '', { did, publicKey: checkedKey(publicKey) }));
	if (status !== 200) {
		throw failure('registration', status, body);
	}
	const data = isJsonObject(body) ? body.data : undefined;
	return { success: true, message: 'Server identity registered', data };
}

/**
 * Has a registry issue a badge for a registered server: `POST {caUrl}/v1/sdk/servers/{serverId}/badge`. What `renewBadge` of a
 * server's identity can call. Rejects with a RegistrationError.
 */
export async function requestServerBadge(access: RegistryAccess & { readonly domain?: string }): Promise<string> {
	const { domain } = access;
	const call = callOf(access, 'POST', '/badge', domain === undefined ? {} : { domain });
	const { status, body } = await callRegistry(call);
	if (status !== 200 && status !== 201) {
		throw failure('badge', status, body);
	}
	const outer = isJsonObject(body) ? body : {};
	const inner = isJsonObject(outer.data) ? outer.data : {};
	const badge = [inner.badge, inner.token, outer.badge, outer.token].find(each => typeof each === 'string');
	if (badge === undefined) {
		throw new RegistrationError('The answer of the registry has no badge.', status);
	}
	return badge;
}

/** Makes a key pair and registers it. Rejects with a KeyGenerationError or a RegistrationError. */
export async function setupServerIdentity(
	options: RegistryAccess & { readonly outputDir?: string; readonly keyId?: string },
): Promise<Omit<ServerKeypair, 'didKey'> & { readonly did: string }> {
	const { outputDir, keyId, ...access } = options;
	const { didKey: did, ...pair } = await generateServerKeypair({
		...(outputDir !== undefined && { outputDir }),
		...(keyId !== undefined && { keyId }),
	});
	await registerServerIdentity({ ...access, did, publicKey: pair.publicKeyPem });
	return { did, ...pair };
}

function callOf(access: RegistryAccess, method: 'PUT' | 'POST', path: string, body: object): RegistryCall {
	const { serverId, apiKey, caUrl = DEFAULT_REGISTRY, ca, signal } = access;
	if (!/^[\x21-\x7e]+$/.test(apiKey) || !/^[\w.~-]+$/.test(serverId) || /^\.+$/.test(serverId)) {
		throw new RegistrationError('serverId and apiKey must be what the registry gave out.');
	}
	return {
		...{ method, registry: caUrl, path: `/v1/sdk/servers/${serverId}${path}`, apiKey, body },
		...{ ...(ca !== undefined && { ca }), ...(signal !== undefined && { signal }) },
	};
}

/** A private key handed in by mistake must not leave this machine. */
function checkedKey(pem: string): string {
	if (!pem.includes('PRIVATE KEY')) {
		try {
			if (createPublicKey(pem).asymmetricKeyType === 'ed25519') {
				return pem;
			}
		} catch {
			// Said below.
		}
	}
	throw new RegistrationError('publicKey must be an Ed25519 public key (SPKI, PEM).');
}

function failure(what: string, status: number, body: unknown): RegistrationError {
	const said =
		isJsonObject(body) && typeof body.message === 'string' ? `: ${printable(body.message.slice(0, 200))}` : '';
	switch (status) {
		case 400:
			return new RegistrationError(`The registry takes the ${what} for a bad request${said}.`, status);
		case 401:
			return new RegistrationError('The registry does not know the API key.', status);
		case 404:
			return new RegistrationError('The registry does not know the server.', status);
		default:
			return new RegistrationError(`The registry answered the ${what} with status ${String(status)}.`, status);
	}
}
