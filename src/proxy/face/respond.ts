import { type ServerResponse } from 'node:http';
import { type JsonObject } from '../../base/json';
import { encodeMessage } from '../relay/encode';

/** Ends a request without reading the rest of its body; the connection is not used again. */
export function respond(response: ServerResponse, status: number, value?: JsonObject): void {
	if (response.headersSent) {
		response.destroy();
		return;
	}
	response.setHeader('Connection', 'close');
	if (value === undefined) {
		response.writeHead(status).end();
	} else {
		response.writeHead(status, { 'Content-Type': 'application/json' }).end(encodeMessage(value));
	}
}
