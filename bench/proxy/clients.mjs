// Two small MCP clients, the same for every target: what they cost is in every figure and falls out of the differences.
import { Agent, request } from 'node:http';
import { eachLine } from './lines.mjs';

/** Speaks over the pipes of a child process. */
export class StdioClient {
	#waiting = new Map();
	#child;

	constructor(child) {
		this.#child = child;
		child.stdin.on('error', () => undefined);
		eachLine(child.stdout, line => {
			const message = JSON.parse(line);
			const take = this.#waiting.get(message.id);
			this.#waiting.delete(message.id);
			take?.(message);
		});
	}

	/** Sends the text of a request and resolves with its parsed answer. */
	call(id, text) {
		return new Promise(resolve => {
			this.#waiting.set(id, resolve);
			this.#child.stdin.write(`${text}\n`);
		});
	}

	async notify(text) {
		this.#child.stdin.write(`${text}\n`);
	}

	close() {
		this.#child.stdin.end();
	}
}

/** Speaks Streamable HTTP; takes plain JSON and streams. */
export class HttpClient {
	#agent = new Agent({ keepAlive: true, maxSockets: 64 });
	#session;
	#place;
	#headers;

	constructor(place, headers = {}) {
		this.#place = place;
		this.#headers = headers;
	}

	call(id, text) {
		return this.#post(text, id);
	}

	notify(text) {
		return this.#post(text);
	}

	close() {
		this.#agent.destroy();
	}

	#post(text, id) {
		const body = Buffer.from(text);
		const headers = {
			'content-type': 'application/json',
			accept: 'application/json, text/event-stream',
			'content-length': body.length,
			...(this.#session && { 'mcp-session-id': this.#session, 'mcp-protocol-version': '2025-11-25' }),
			...this.#headers,
		};
		return new Promise((resolve, reject) => {
			const sent = request({ ...this.#place, agent: this.#agent, method: 'POST', headers }, response => {
				this.#session ??= response.headers['mcp-session-id'];
				const chunks = [];
				response.on('data', chunk => chunks.push(chunk));
				response.on('error', reject);
				response.on('end', () => {
					try {
						const whole = chunks.length === 1 ? chunks[0] : Buffer.concat(chunks);
						resolve(id === undefined ? undefined : readAnswer(whole, response, id));
					} catch (error) {
						reject(error);
					}
				});
			});
			sent.on('error', reject);
			sent.end(body);
		});
	}
}

function readAnswer(body, { headers, statusCode }, id) {
	if (!String(headers['content-type']).startsWith('text/event-stream')) {
		if (statusCode !== 200) {
			throw new Error(`HTTP ${String(statusCode)}: ${body.toString().slice(0, 200)}`);
		}
		return JSON.parse(body);
	}
	for (const line of body.toString().split('\n')) {
		const message = line.startsWith('data:') && line.length > 6 ? JSON.parse(line.slice(5)) : undefined;
		if (message?.id === id) {
			return message;
		}
	}
	throw new Error('a stream without the answer');
}
