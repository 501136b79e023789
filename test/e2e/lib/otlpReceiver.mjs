import assert from 'node:assert/strict';
import { createServer } from 'node:http';

const hex = length => new RegExp(`^(?!0+$)[0-9a-f]{${length}}$`);
const nanoseconds = /^\d{16,20}$/;
const spanKeys = new Set([
	...['traceId', 'spanId', 'parentSpanId', 'traceState', 'flags', 'name', 'kind', 'startTimeUnixNano'],
	...[
		'endTimeUnixNano',
		'attributes',
		'droppedAttributesCount',
		'events',
		'droppedEventsCount',
		'links',
		'droppedLinksCount',
		'status',
	],
]);
const valueKeys = ['stringValue', 'boolValue', 'intValue', 'doubleValue', 'arrayValue', 'kvlistValue', 'bytesValue'];

/**
 * A collector of an organisation: takes `ExportTraceServiceRequest`s over OTLP/HTTP JSON as opentelemetry-proto's trace.proto and the
 * JSON mapping of the OTLP specification have them, and nothing else. What is not right is answered with 400 and kept in `wrong`.
 */
export class OtlpReceiver {
	/** Every span that came, in its order. */
	spans = [];
	/** The texts of all requests. */
	bodies = [];
	/** What was not right, one sentence each. */
	wrong = [];
	#server;

	static async start() {
		const receiver = new OtlpReceiver();
		receiver.#server = createServer((request, response) => {
			const chunks = [];
			request.on('data', chunk => chunks.push(chunk));
			request.on('end', () => {
				try {
					receiver.#take(request, Buffer.concat(chunks).toString('utf8'));
					response.writeHead(200, { 'Content-Type': 'application/json' }).end('{"partialSuccess":{}}');
				} catch (error) {
					receiver.wrong.push(error.message);
					response.writeHead(400).end();
				}
			});
		});
		await new Promise(resolve => receiver.#server.listen(0, '127.0.0.1', resolve));
		receiver.url = `http://127.0.0.1:${receiver.#server.address().port}/v1/traces`;
		return receiver;
	}

	/** Ends it, with the connections that are open. */
	async stop() {
		this.#server.closeAllConnections();
		await new Promise(resolve => this.#server.close(resolve));
	}

	#take({ method, url, headers }, text) {
		assert.deepEqual(
			[method, url, headers['content-type']?.split(';')[0]],
			['POST', '/v1/traces', 'application/json'],
		);
		this.bodies.push(text);
		const { resourceSpans, ...more } = JSON.parse(text);
		assert.deepEqual(Object.keys(more), []);
		for (const { resource, scopeSpans } of resourceSpans) {
			checkAttributes(resource.attributes);
			assert.ok(
				resource.attributes.some(({ key }) => key === 'service.name'),
				'a resource without service.name',
			);
			for (const { scope, spans } of scopeSpans) {
				assert.equal(typeof scope.name, 'string');
				spans.forEach(checkSpan);
				this.spans.push(...spans);
			}
		}
	}
}

function checkSpan(span) {
	const unknown = Object.keys(span).filter(key => !spanKeys.has(key));
	assert.deepEqual(unknown, [], 'fields that no span has');
	assert.match(span.traceId, hex(32));
	assert.match(span.spanId, hex(16));
	if (span.parentSpanId !== undefined) assert.match(span.parentSpanId, hex(16));
	assert.ok(typeof span.name === 'string' && span.name !== '');
	assert.ok([1, 2, 3, 4, 5].includes(span.kind), 'the kind of a span is a number from 1 to 5');
	assert.match(span.startTimeUnixNano, nanoseconds);
	assert.match(span.endTimeUnixNano, nanoseconds);
	assert.ok(BigInt(span.endTimeUnixNano) >= BigInt(span.startTimeUnixNano), 'a span ends before it begins');
	if (span.status !== undefined) assert.ok([0, 1, 2].includes(span.status.code ?? 0));
	checkAttributes(span.attributes ?? []);
}

function checkAttributes(attributes) {
	for (const { key, value } of attributes) {
		assert.ok(typeof key === 'string' && key !== '');
		const [kind, ...others] = Object.keys(value);
		assert.ok(valueKeys.includes(kind) && others.length === 0, `the value of ${key} is no AnyValue`);
		if (kind === 'intValue') assert.match(String(value.intValue), /^-?\d+$/);
	}
	assert.equal(new Set(attributes.map(({ key }) => key)).size, attributes.length, 'a key stands twice');
}

/** The attributes of a span by key. */
export function attributesOf(span) {
	return Object.fromEntries(span.attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}
