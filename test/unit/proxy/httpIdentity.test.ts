import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import { type AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { listTools } from '../../../src/proxy/inspectServer';
import { ScriptedServer } from './httpServer';
import { realClock } from './support';

const fixture = (name: string) => readFileSync(new URL(`../../fixtures/tls/${name}.pem`, import.meta.url));
const open: { close(): unknown }[] = [];

afterEach(async () => {
	for (const one of open.splice(0)) {
		await one.close();
	}
});

const list = (url: string) =>
	listTools(
		{ kind: 'http', url, headers: { 'X-Key': 'canary' } },
		{ clock: realClock, clientInfo: { name: 't', version: '1' } },
		new AbortController().signal,
	);

/** A TLS server that counts what it is told inside of the connection. */
async function tls(certificate: string) {
	const seen = { requests: 0, bytes: 0 };
	const server: Server = createServer({ key: fixture('key'), cert: fixture(certificate) }, (_request, response) => {
		seen.requests++;
		response.end();
	});
	server.on('secureConnection', socket => socket.on('data', (chunk: Buffer) => (seen.bytes += chunk.length)));
	server.on('tlsClientError', () => {});
	await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
	open.push({ close: () => new Promise(resolve => server.close(resolve)) });
	return { url: `https://127.0.0.1:${String((server.address() as AddressInfo).port)}/mcp`, seen };
}

describe('C2: who a server by URL is, before the first byte', () => {
	it.each(['selfSigned', 'expired'])(
		'a certificate that is %s is refused, and the server gets nothing',
		async name => {
			const { url, seen } = await tls(name);
			await expect(list(url)).rejects.toThrow(/certificate of the server cannot be trusted/);
			expect(seen).toEqual({ requests: 0, bytes: 0 });
		},
	);

	it.each([
		['plain http elsewhere', 'http://mcp.example.com/'],
		['a name and password in it', 'https://me:canary@127.0.0.1:1/'],
		['no web address', 'file:///etc/passwd'],
	])('an address with %s is refused, and the secret is not repeated', async (_, url) => {
		const refused = await list(url).catch((error: unknown) => String(error));
		expect(refused).toMatch(/must be https|holds credentials/);
		expect(refused).not.toContain('canary');
	});

	it('a redirection to another origin is refused, and that one gets nothing', async () => {
		const other = await ScriptedServer.start(() => undefined);
		const server = await ScriptedServer.start(({ response }) => {
			response.writeHead(307, { location: other.url }).end();
			return true;
		});
		open.push(other, server);
		await expect(list(server.url)).rejects.toThrow(/redirects to another address/);
		expect(other.got).toEqual([]);
	});
});
