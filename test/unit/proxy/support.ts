import { type Client } from '@modelcontextprotocol/sdk/client/index.js';
import { randomBytes, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { type Clock, type IdSource } from '../../../src/base/clock';
import { isJsonObject, type JsonObject } from '../../../src/base/json';
import { silentLogger } from '../../../src/base/logger';
import { errorResponse, type RpcId, type WireMessage } from '../../../src/firewall/message';
import {
	type Answer,
	type Approver,
	type Forward,
	type ForwardOutcome,
	type Passage,
	type SessionPath,
} from '../../../src/firewall/ports';
import { type SessionPaths } from '../../../src/firewall/sessionPaths';
import { type Reply } from '../../../src/proxy/relay/openRequest';
import { readMessage } from '../../../src/proxy/relay/readMessage';
import { Relay } from '../../../src/proxy/relay/relay';
import { type ResolvedLaunch, StdioUpstream } from '../../../src/proxy/upstream/stdioUpstream';
import { AT_ONCE, type Upstream } from '../../../src/proxy/upstream/upstream';

/** The system's clock, for tests with real processes; nothing waits on it by choice. */
export const realClock: Clock = {
	now: () => Date.now(),
	monotonic: () => performance.now(),
	schedule(delayMs, run) {
		const timer = setTimeout(run, delayMs);
		return { dispose: () => clearTimeout(timer) };
	},
};

/** A clock that stands still until it is moved. */
export class ManualClock implements Clock {
	private time = 0;
	private timers: { at: number; run: () => void }[] = [];

	now = () => this.time;
	monotonic = () => this.time;

	schedule(delayMs: number, run: () => void) {
		const timer = { at: this.time + delayMs, run };
		this.timers.push(timer);
		return { dispose: () => void (this.timers = this.timers.filter(other => other !== timer)) };
	}

	advance(ms: number): void {
		this.time += ms;
		const due = this.timers.filter(timer => timer.at <= this.time);
		this.timers = this.timers.filter(timer => timer.at > this.time);
		due.forEach(timer => timer.run());
	}
}

export const ids: IdSource = { uuid: () => randomUUID(), token: () => randomBytes(16).toString('hex') };

export const neverAsked: Approver = {
	ask: () => Promise.reject(new Error('nobody should be asked')),
};

const serverFile = fileURLToPath(new URL('../../fixtures/servers/misbehaving.mjs', import.meta.url));

/** The fixture server, in one of its modes. */
export function misbehaving(...args: string[]): ResolvedLaunch {
	return { command: process.execPath, args: [serverFile, ...args], env: {} };
}

/** A path that lets everything pass and remembers what it was told. */
export class OpenPath implements SessionPath {
	readonly id = 'session';
	readonly malformed: { from: string; why: string; id: RpcId | undefined }[] = [];
	readonly outcomes: ForwardOutcome[] = [];
	disposed = false;

	constructor(private readonly hold?: (message: WireMessage, signal: AbortSignal) => Promise<void>) {}

	async clientRequest(message: WireMessage, forward: Forward, signal: AbortSignal): Promise<Answer> {
		await this.hold?.(message, signal);
		return this.answer(message, await forward(signal));
	}

	async serverRequest(message: WireMessage, forward: Forward, signal: AbortSignal): Promise<Answer> {
		return this.answer(message, await forward(signal));
	}

	clientNotification(): Promise<Passage> {
		return Promise.resolve({ kind: 'pass' });
	}

	serverNotification(): Promise<Passage> {
		return Promise.resolve({ kind: 'pass' });
	}

	noteMalformed(from: 'client' | 'server', why: string, id?: RpcId): Promise<void> {
		this.malformed.push({ from, why, id });
		return Promise.resolve();
	}

	dispose(): void {
		this.disposed = true;
	}

	private answer(message: WireMessage, outcome: ForwardOutcome): Answer {
		this.outcomes.push(outcome);
		if (outcome.kind === 'answered') {
			return { kind: 'original', message: outcome.message };
		}
		const value = errorResponse(message.value.id as RpcId, -32603, `failed: ${outcome.why}`);
		return { kind: 'rewritten', value };
	}
}

/** Opens one pass-through path per session. */
export const openPaths: SessionPaths = { open: () => new OpenPath() };

/** Matches text that holds `part`. */
export function contains(part: string): unknown {
	return expect.stringContaining(part);
}

/** Something that can be awaited by what it is. */
export class Inbox {
	readonly all: JsonObject[] = [];
	private waiting: { match: (message: JsonObject) => boolean; resolve: (message: JsonObject) => void }[] = [];

	take(bytes: Uint8Array): void {
		const message = JSON.parse(Buffer.from(bytes).toString()) as JsonObject;
		this.all.push(message);
		const ready = this.waiting.filter(one => one.match(message));
		this.waiting = this.waiting.filter(one => !ready.includes(one));
		ready.forEach(one => one.resolve(message));
	}

	next(match: (message: JsonObject) => boolean): Promise<JsonObject> {
		const found = this.all.find(match);
		return found === undefined
			? new Promise(resolve => this.waiting.push({ match, resolve }))
			: Promise.resolve(found);
	}

	answerTo(id: RpcId | null): Promise<JsonObject> {
		return this.next(message => message.id === id && message.method === undefined);
	}
}

/** A relay in front of the fixture server or any other upstream, with the test as its client. */
export async function openRelay(
	options: { upstream?: Upstream; path?: OpenPath; clock?: Clock; deadlineMs?: number } = {},
) {
	const clock = options.clock ?? realClock;
	const path = options.path ?? new OpenPath();
	const inbox = new Inbox();
	const take = (bytes: Uint8Array) => {
		inbox.take(bytes);
		return Promise.resolve(true);
	};
	const reply: Reply = {
		answer: async bytes => {
			await take(bytes);
		},
		none: () => {
			noAnswers.count++;
		},
		related: () => Promise.resolve(false),
	};
	const noAnswers = { count: 0 };
	const relay = new Relay({
		client: { send: take, pressure: () => {} },
		upstream: options.upstream ?? new StdioUpstream(misbehaving(), realClock),
		openPath: () => path,
		clock,
		ids,
		logger: silentLogger,
		...(options.deadlineMs !== undefined && { deadlineMs: options.deadlineMs }),
	});
	await relay.start();
	const sendRaw = (raw: string | Uint8Array) => relay.fromClient(readMessage(Buffer.from(raw), 'strict'), reply);
	const send = (message: JsonObject) => sendRaw(JSON.stringify({ jsonrpc: '2.0', ...message }));
	const call = async (id: RpcId, kind: string, params: JsonObject = {}): Promise<JsonObject> => {
		void send({ id, method: 'tools/call', params: { name: 'evil', arguments: { kind }, ...params } });
		return inbox.answerTo(id);
	};
	return { relay, path, inbox, noAnswers, send, sendRaw, call, close: () => relay.close(AT_ONCE) };
}

/** The text of a tool result. */
export function textOf(message: JsonObject): string {
	const result = message.result;
	const content = isJsonObject(result) ? (result.content as readonly JsonObject[] | undefined) : undefined;
	return JSON.parse(JSON.stringify(content?.[0]?.text ?? null)) as string;
}

/** True while a process runs; a zombie that nobody reaps does not. */
export function isAlive(pid: number): boolean {
	try {
		process.kill(pid, 0);
		return process.platform !== 'linux' || !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${String(pid)}/stat`, 'utf8'));
	} catch {
		return false;
	}
}

/**
 * Counts the messages of a method as they reach a client of the SDK. Its own `onprogress` cannot be counted on: it forgets
 * the request as soon as the answer is there, and so drops progress that came with the answer in one piece.
 */
export function countMessages(client: Client, method: string): () => number {
	const transport = client.transport!;
	const { onmessage } = transport;
	let count = 0;
	transport.onmessage = (message, extra) => {
		count += 'method' in message && message.method === method ? 1 : 0;
		onmessage?.(message, extra);
	};
	return () => count;
}
