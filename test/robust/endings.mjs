import path from 'node:path';
import { gatewayArguments, startGateway, writeAllowAll } from '../../scripts/lib/gateway.mjs';
import { root } from '../../scripts/lib/install.mjs';
import { introduction, stdioPeer } from '../../scripts/lib/stdioPeer.mjs';

/** Milliseconds within which everybody who waits is told that the server is gone (spec/wire.md S-exit). */
const TOLD_MS = 1000;
/** What a server needs to write a line without an end until it is stopped, on a busy machine. */
const NO_NEWLINE_MS = 15_000;

const server = [process.execPath, path.join(root, 'test/fixtures/servers/misbehaving.mjs')];
const kinds = ['exit', 'partialexit', 'nonewline'];

/**
 * Lets servers end in the middle of a call, over both faces: all who wait are told within a second, and then either the
 * session goes on or it is over in a way from which a client starts anew.
 *
 * @param {string} folder for policy and data
 * @returns {Promise<readonly { title: string, problem: string | undefined }[]>}
 */
export async function endings(folder) {
	const policy = path.join(folder, 'policy.yaml');
	writeAllowAll(policy, 'broken', ['evil']);
	const options = { policy, data: path.join(folder, 'data'), name: 'broken', command: server };
	const outcomes = [];
	const attempt = async (title, work) => {
		const problem = await work().catch(error => error.message);
		outcomes.push({ title, problem });
	};
	const gateway = await startGateway(options);
	try {
		for (const kind of kinds) await attempt(`S-${kind} (http, told)`, () => overHttp(gateway, kind));
	} finally {
		await gateway.stop();
	}
	for (const kind of kinds)
		await attempt(`S-${kind} (stdio, told)`, () => overStdio({ ...options, data: path.join(folder, kind) }, kind));
	return outcomes;
}

async function overHttp(gateway, kind) {
	let session = await openSession(gateway);
	const problem = await everybodyTold(kind, call => post(gateway, session, 'tools/call', call));
	if (problem !== undefined) return problem;
	const next = await post(gateway, session, 'tools/call', toolCall('other'));
	if (next.status === 404) {
		session = await openSession(gateway);
		const anew = await post(gateway, session, 'tools/call', toolCall('other'));
		return anew.body.result === undefined ? `a new session does not work: ${JSON.stringify(anew.body)}` : undefined;
	}
	return next.body.result === undefined ? `the session is neither over nor works: ${next.status}` : undefined;
}

async function overStdio(options, kind) {
	const peer = stdioPeer(process.execPath, gatewayArguments(options));
	try {
		await peer.call('initialize', introduction);
		peer.notify('notifications/initialized');
		const call = params => peer.call('tools/call', params).then(line => ({ body: JSON.parse(line) }));
		const problem = await everybodyTold(kind, call);
		if (problem !== undefined) return problem;
		// The gateway ends with its server, or goes on with a new one; a client hangs in neither case.
		const next = await call(toolCall('other')).catch(error => ({ ended: /ended with/.test(error.message) }));
		return next.ended || next.body?.result ? undefined : 'the gateway neither ended nor works';
	} finally {
		await peer.stop();
	}
}

async function everybodyTold(kind, call) {
	const hanging = [call(toolCall('hang')), call(toolCall('hang'))];
	const started = performance.now();
	const last = await call(toolCall(kind));
	const ended = performance.now();
	const answers = [last, ...(await Promise.all(hanging))];
	const untold = answers.filter(({ body }) => body?.error === undefined).length;
	if (untold > 0) return `${untold} of ${answers.length} calls were not answered with an error`;
	const late = performance.now() - (kind === 'nonewline' ? ended : started);
	if (late > TOLD_MS) return `told after ${Math.round(late)} ms`;
	return ended - started > NO_NEWLINE_MS ? `given up after ${Math.round(ended - started)} ms` : undefined;
}

const toolCall = kind => ({ name: 'evil', arguments: { kind } });

async function openSession(gateway) {
	const answer = await post(gateway, undefined, 'initialize', introduction);
	if (answer.session === null) throw new Error(`no session: ${answer.status}`);
	return answer.session;
}

let last = 0;

async function post({ port, path: route, token }, session, method, params) {
	const response = await fetch(`http://127.0.0.1:${port}${route}`, {
		method: 'POST',
		headers: {
			authorization: `Bearer ${token}`,
			'content-type': 'application/json',
			accept: 'application/json',
			...(session !== undefined && { 'mcp-session-id': session }),
		},
		body: JSON.stringify({ jsonrpc: '2.0', id: ++last, method, params }),
	});
	const text = await response.text();
	return {
		status: response.status,
		session: response.headers.get('mcp-session-id'),
		body: text === '' ? {} : JSON.parse(text),
	};
}
