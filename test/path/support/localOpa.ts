import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { type JsonObject, type JsonValue } from '../../../src/base/json';

/** A rule by its path below `/v1/data/`: what it is for an input; undefined where it is undefined. */
export type Rules = Readonly<Record<string, (input: JsonObject) => JsonValue | undefined>>;

/** A running service. */
export interface LocalOpa {
	readonly url: string;
	/** Inputs that were decided, oldest first. */
	readonly inputs: JsonObject[];
}

/**
 * A service on loopback that speaks OPA's REST API as it is documented (openpolicyagent.org/docs/rest-api: GET /health, POST
 * /v1/data/PATH with `input`, `result` left out where the document is undefined, 400 with `code` for a body that is no JSON), with
 * functions in place of Rego: there is no OPA to be had from npm or Debian.
 */
export async function localOpa(rules: Rules, token?: string): Promise<LocalOpa> {
	const inputs: JsonObject[] = [];
	const server = createServer((request, response) => {
		const path = new URL(request.url ?? '', 'http://x').pathname;
		let body = '';
		request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
		request.on('end', () => {
			if (path === '/health') {
				answer(response, 200, {});
			} else if (token !== undefined && request.headers.authorization !== `Bearer ${token}`) {
				answer(response, 401, { code: 'unauthorized', message: 'request rejected by administrative policy' });
			} else if (request.method !== 'POST' || !path.startsWith('/v1/data/')) {
				answer(response, 404, { code: 'resource_not_found', message: 'no such path' });
			} else {
				decide(response, path.slice('/v1/data/'.length), body);
			}
		});
	});
	const decide = (response: ServerResponse, path: string, body: string) => {
		let input: JsonObject;
		try {
			({ input = {} } = JSON.parse(body) as { input?: JsonObject });
		} catch {
			answer(response, 400, { code: 'invalid_parameter', message: 'body contains malformed input document' });
			return;
		}
		inputs.push(input);
		const result = rules[path]?.(input);
		answer(response, 200, result === undefined ? {} : { result });
	};
	await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
	onTestFinished(() => {
		server.closeAllConnections();
		server.close();
	});
	return { url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`, inputs };
}

function answer(response: ServerResponse, status: number, body: JsonObject): void {
	response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
