import { createPrivateKey, createPublicKey } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { KeyGenerationError, RegistrationError } from '../../../src/guard/guardErrors';
import {
	generateServerKeypair,
	registerServerIdentity,
	requestServerBadge,
	setupServerIdentity,
} from '../../../src/guard/registration';
import { didKey, type LocalIssuer, start } from '../../fixtures/servers/localIssuer.mjs';
import { expectMode } from '../support/machine';

const ca = readFileSync(new URL('../../fixtures/tls/selfSigned.pem', import.meta.url), 'utf8');
let registry: LocalIssuer;
const access = () => ({ serverId: registry.serverId, apiKey: registry.registryKey, caUrl: registry.origin, ca });

beforeEach(async () => {
	registry = await start();
});
afterEach(() => registry.close());

const folder = () => {
	const directory = mkdtempSync(join(tmpdir(), 'keys-'));
	onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
	return join(directory, 'keys');
};

describe('generateServerKeypair', () => {
	it('makes a pair whose parts belong together, and writes the private one for its owner alone', async () => {
		const outputDir = folder();
		const pair = await generateServerKeypair({ outputDir, keyId: 'mine' });
		expect(pair.privateKeyPath).toBe(join(outputDir, 'mine.pem'));
		expect(readFileSync(pair.privateKeyPath!, 'utf8')).toBe(pair.privateKeyPem);
		expectMode(pair.privateKeyPath!, 0o600);
		const publicKey = createPublicKey(createPrivateKey(pair.privateKeyPem));
		expect(publicKey.export({ type: 'spki', format: 'pem' })).toBe(pair.publicKeyPem);
		expect(didKey(publicKey.export({ format: 'jwk' }) as { x: string })).toBe(pair.didKey);
	});

	it('never overwrites a key, and writes nowhere else', async () => {
		const outputDir = folder();
		await generateServerKeypair({ outputDir, keyId: 'mine' });
		await expect(generateServerKeypair({ outputDir, keyId: 'mine' })).rejects.toThrow(KeyGenerationError);
		for (const keyId of ['../out', 'a/b', '', '.', '..', 'a\0b']) {
			await expect(generateServerKeypair({ outputDir, keyId })).rejects.toThrow(KeyGenerationError);
		}
	});
});

describe('registration against a local registry', () => {
	it('setup makes a key, registers it and writes it; a badge can be had then', async () => {
		const outputDir = folder();
		await expect(requestServerBadge(access())).rejects.toThrow(RegistrationError);
		const made = await setupServerIdentity({ ...access(), outputDir });
		expect(registry.registered.get(registry.serverId)?.did).toBe(made.did);
		expect(registry.requests.at(-1)).toMatchObject({
			...{ method: 'PUT', path: `/v1/sdk/servers/${registry.serverId}` },
			body: { did: made.did, publicKey: made.publicKeyPem },
		});
		const badge = await requestServerBadge({ ...access(), domain: 'notes.example' });
		const claims: unknown = JSON.parse(Buffer.from(badge.split('.')[1]!, 'base64url').toString());
		expect(claims).toMatchObject({
			sub: made.did,
			vc: { credentialSubject: { level: '2', domain: 'notes.example' } },
		});
	});

	it.each([
		[401, { apiKey: 'sk_canary' }, /does not know the API key/],
		[404, { serverId: 'other' }, /does not know the server/],
		[400, { did: 'nonsense' }, /bad request: did is no DID/],
	])('%i is told, without the key', async (status, more, message) => {
		const { didKey: did, publicKeyPem: publicKey } = await generateServerKeypair();
		const failed = registerServerIdentity({ ...access(), did, publicKey, ...more });
		await expect(failed).rejects.toThrow(message);
		await expect(failed).rejects.toMatchObject({ statusCode: status });
		await expect(failed).rejects.not.toThrow(/canary|sk_/);
	});

	it('a private key is never sent', async () => {
		const { didKey: did, privateKeyPem } = await generateServerKeypair();
		const failed = registerServerIdentity({ ...access(), did, publicKey: privateKeyPem });
		await expect(failed).rejects.toThrow(/public key/);
		expect(registry.requests).toEqual([]);
	});

	it('a registry whose certificate is not known gets nothing; nor one over plain http elsewhere', async () => {
		const { didKey: did, publicKeyPem: publicKey } = await generateServerKeypair();
		const { serverId, apiKey, caUrl } = access();
		await expect(registerServerIdentity({ serverId, apiKey, caUrl, did, publicKey })).rejects.toThrow(
			/cannot be reached/,
		);
		expect(registry.requests).toEqual([]);
		await expect(
			registerServerIdentity({ ...access(), caUrl: 'http://registry.example', did, publicKey }),
		).rejects.toThrow(/https/);
	});

	it.each([
		['a redirect', (to: string) => ({ status: 302, headers: { location: to }, body: '' }), /status 302/],
		['an error of its own', () => ({ status: 500, headers: {}, body: '<html>' }), /status 500/],
		['too much', () => ({ status: 200, headers: {}, body: 'x'.repeat(70_000) }), /cannot be reached/],
		['a badge that is none', () => ({ status: 201, headers: {}, body: '{"badge":7}' }), /no badge/],
	])('%s is no answer', async (_, make, message) => {
		const seen: string[] = [];
		const server = createServer((request, response) => {
			seen.push(request.url ?? '');
			const { status, headers, body } = make('/elsewhere');
			response.writeHead(status, headers).end(body);
		});
		await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
		onTestFinished(() => void server.close());
		const caUrl = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
		await expect(requestServerBadge({ ...access(), caUrl })).rejects.toThrow(message);
		expect(seen).toHaveLength(1);
	});

	it('who no longer wants it stops it', async () => {
		const stop = new AbortController();
		stop.abort();
		await expect(requestServerBadge({ ...access(), signal: stop.signal })).rejects.toThrow(RegistrationError);
	});
});
