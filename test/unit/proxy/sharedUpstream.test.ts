import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Emitter } from '../../../src/base/event';
import { type JsonObject } from '../../../src/base/json';
import { spanOf, splice, textAt } from '../../../src/proxy/life/jsonSplice';
import { SharedServer } from '../../../src/proxy/life/sharedUpstream';
import { AT_ONCE, type Upstream, type UpstreamEnd, type UpstreamListener } from '../../../src/proxy/upstream/upstream';
import { contains, ManualClock } from './support';

/** A server in memory; the test says what it answers. */
class Scripted implements Upstream {
	readonly onStderr = new Emitter<string>().event;
	readonly got: string[] = [];
	listener: UpstreamListener | undefined;
	stopped = false;

	start(listener: UpstreamListener): Promise<void> {
		this.listener = listener;
		return Promise.resolve();
	}

	send(bytes: Uint8Array): Promise<void> {
		this.got.push(Buffer.from(bytes).toString());
		return Promise.resolve();
	}

	say(text: string): void {
		this.listener?.line(Buffer.from(text));
	}

	last = () => JSON.parse(this.got.at(-1)!) as JsonObject & { id: number; params: JsonObject };
	pause(): void {}
	resume(): void {}
	stderrText = () => '';

	stop(): Promise<void> {
		this.stopped = true;
		this.listener?.end({ code: 0, stopped: true });
		return Promise.resolve();
	}
}

const hello = (over = '') =>
	`{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{${over}}}}`;
const WELCOME = '{"protocolVersion":"2025-11-25","capabilities":{},"n":9007199254740993}';

function shared(opening: { until?: Promise<void> } = {}) {
	const clock = new ManualClock();
	const processes: Scripted[] = [];
	const told: (UpstreamEnd | undefined)[] = [];
	const server = new SharedServer({
		open: async () => {
			await opening.until;
			processes.push(new Scripted());
			return processes.at(-1)!;
		},
		clock,
		onProcess: end => told.push(end),
	});
	const enter = async () => {
		const view = server.view();
		const lines: string[] = [];
		const ends: UpstreamEnd[] = [];
		await view.start({
			line: bytes => {
				lines.push(Buffer.from(bytes).toString());
				return undefined;
			},
			oversize: () => {},
			oversizeEnd: () => {},
			runaway: () => {},
			end: end => ends.push(end),
		});
		const send = (text: string) => {
			const value = JSON.parse(text) as JsonObject;
			return view.send(Buffer.from(text), value.method === undefined ? undefined : value);
		};
		return { view, lines, ends, send };
	};
	return { clock, processes, told, server, enter };
}

/** So many sessions that have introduced themselves. */
async function greeted(count: number, opening: { until?: Promise<void> } = {}) {
	const all = shared(opening);
	const views = [];
	for (let each = 0; each < count; each++) {
		const view = await all.enter();
		const sent = view.send(hello());
		if (each === 0) {
			all.processes[0]!.say(`{"jsonrpc":"2.0","id":${String(all.processes[0]!.last().id)},"result":${WELCOME}}`);
		}
		await sent;
		await view.send('{"jsonrpc":"2.0","method":"notifications/initialized"}');
		view.lines.length = 0;
		views.push(view);
	}
	return { ...all, views, process: all.processes[0]! };
}

describe('SharedServer', () => {
	it('two sessions never see each other’s answers or progress, whatever ids and tokens they choose (property)', async () => {
		const key = fc.oneof(fc.integer({ min: 0, max: 2 }), fc.constantFrom('a', '1', 'é"\\', 'mcp-firewall-1'));
		const request = fc.record({
			view: fc.nat(2),
			id: key,
			token: fc.option(key),
			order: fc.nat(),
			text: fc.string(),
		});
		await fc.assert(
			fc.asyncProperty(fc.array(request, { maxLength: 25 }), async requests => {
				const { views, process } = await greeted(3);
				const wanted = views.map(() => [] as string[]);
				const answers: { order: number; lines: string[] }[] = [];
				const open = new Set<string>();
				for (const { view, id, token, order, text } of requests) {
					if (open.has(JSON.stringify([view, id]))) {
						continue;
					}
					open.add(JSON.stringify([view, id]));
					const meta = token === null ? '' : `"_meta": {"k":1.0,"progressToken" : ${JSON.stringify(token)}},`;
					const rest = `"method":"tools/call", "params":{${meta}"text":${JSON.stringify(text)},"n":9007199254740993}}`;
					await views[view]!.send(`{"jsonrpc":"2.0" ,"id": ${JSON.stringify(id)},${rest}`);
					const { id: own, params } = process.last();
					// All but the names of ours is byte for byte what the session wrote.
					const sent = process.got.at(-1)!;
					const ours = (params._meta as JsonObject | undefined)?.progressToken;
					const restored =
						token === null
							? rest
							: rest.replace(`: ${JSON.stringify(token)}}`, () => `: ${JSON.stringify(ours)}}`);
					expect(sent).toBe(`{"jsonrpc":"2.0" ,"id": ${String(own)},${restored}`);
					const lines: [string, string][] = [];
					if (token !== null) {
						const progress = (value: string) =>
							`{"jsonrpc":"2.0","method":"notifications/progress","params":{"progress":1.0,"progressToken":${value}}}`;
						lines.push([progress(JSON.stringify(ours)), progress(JSON.stringify(token))]);
					}
					const answer = (value: string) =>
						`{"result":{"text":${JSON.stringify(text)},"n":1.0},"id": ${value},"jsonrpc":"2.0"}`;
					lines.push([answer(String(own)), answer(JSON.stringify(id))]);
					wanted[view]!.push(...lines.map(([, told]) => told));
					answers.push({ order, lines: lines.map(([said]) => said) });
				}
				answers.sort((a, b) => a.order - b.order);
				for (const { lines } of answers) {
					lines.forEach(line => process.say(line));
					// Said twice, it is heard once.
					process.say(lines.at(-1)!);
				}
				views.forEach((view, index) => expect([...view.lines].sort()).toEqual([...wanted[index]!].sort()));
			}),
			{ numRuns: 150 },
		);
	});

	it('initialize is asked once and answered from the first answer, byte for byte; initialized is sent once', async () => {
		const { process, processes, told, enter } = await greeted(3);
		expect(process.got.map(text => (JSON.parse(text) as JsonObject).method)).toEqual([
			'initialize',
			'notifications/initialized',
		]);
		const later = await enter();
		await later.send(hello().replace('"id":0', '"id":"x"'));
		expect(later.lines).toEqual([`{"jsonrpc":"2.0","id":"x","result":${WELCOME}}`]);
		expect(processes).toHaveLength(1);
		expect(told).toEqual([undefined]);
	});

	it('a session that asks otherwise has a process of its own', async () => {
		const { processes, enter, told } = await greeted(1);
		const other = await enter();
		await other.send(hello('"roots":{}'));
		expect(processes).toHaveLength(2);
		expect(processes[1]!.got).toEqual([hello('"roots":{}')]);
		await other.send('{"jsonrpc":"2.0","id":1,"method":"ping"}');
		expect(processes[1]!.got).toHaveLength(2);
		await other.view.stop();
		expect(processes.map(({ stopped }) => stopped)).toEqual([false, true]);
		expect(other.ends).toHaveLength(1);
		expect(told).toHaveLength(3);
	});

	it('an initialize that is refused is not taken for an answer to the others', async () => {
		const { enter, processes } = shared();
		const [one, two] = [await enter(), await enter()];
		await one.send(hello());
		const waiting = two.send(hello());
		processes[0]!.say('{"jsonrpc":"2.0","id":1,"error":{"code":-32603,"message":"no"}}');
		await waiting;
		expect(one.lines).toEqual(['{"jsonrpc":"2.0","id":0,"error":{"code":-32603,"message":"no"}}']);
		expect(processes[1]?.got).toEqual([hello()]);
	});

	it('a request of the server goes to the one session that waits, else to the last one, and only that one answers', async () => {
		const { views, process } = await greeted(2);
		const [one, two] = views as [(typeof views)[0], (typeof views)[0]];
		await one.send('{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{}}');
		await two.send('{"jsonrpc":"2.0","method":"notifications/roots/list_changed"}');
		process.say('{"jsonrpc":"2.0","id":"q","method":"elicitation/create","params":{}}');
		expect([one.lines.length, two.lines.length]).toEqual([1, 0]);
		const before = process.got.length;
		await two.send('{"jsonrpc":"2.0","id":"q","result":{"forged":true}}');
		expect(process.got).toHaveLength(before);
		await one.send('{"jsonrpc":"2.0","id":"q","result":{}}');
		await one.send('{"jsonrpc":"2.0","id":"q","result":{"again":true}}');
		expect(process.got.slice(before)).toEqual(['{"jsonrpc":"2.0","id":"q","result":{}}']);
		process.say(`{"jsonrpc":"2.0","id":${String(process.got.length && 2)},"result":{}}`);
		process.say('{"jsonrpc":"2.0","id":"r","method":"roots/list"}');
		expect(two.lines.concat(one.lines).filter(line => line.includes('"r"'))).toHaveLength(1);
	});

	it('cancelled names the request as the server knows it, and only one’s own', async () => {
		const { views, process } = await greeted(2);
		await views[0]!.send('{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{}}');
		const own = process.last().id;
		const before = process.got.length;
		await views[1]!.send('{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":7}}');
		expect(process.got).toHaveLength(before);
		await views[0]!.send(
			'{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":7,"reason":"x"}}',
		);
		expect(process.got.at(-1)).toBe(
			`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":${String(own)},"reason":"x"}}`,
		);
	});

	it('updates go to who subscribed, the server hears of the last leaving only, and other notes reach all', async () => {
		const { views, process } = await greeted(3);
		const updated = '{"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"uri":"u:1"}}';
		const ask = (index: number, method: string) =>
			views[index]!.send(`{"jsonrpc":"2.0","id":3,"method":"resources/${method}","params":{"uri":"u:1"}}`);
		await ask(0, 'subscribe');
		await ask(1, 'subscribe');
		process.say(updated);
		expect(views.map(({ lines }) => lines.length)).toEqual([1, 1, 0]);
		await ask(0, 'unsubscribe');
		expect(views[0]!.lines.at(-1)).toBe('{"jsonrpc":"2.0","id":3,"result":{}}');
		expect(process.last().method).toBe('resources/subscribe');
		await views[1]!.view.stop();
		expect(process.got.map(text => (JSON.parse(text) as JsonObject).method)).toContain('resources/unsubscribe');
		process.say('{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}');
		expect([views[0]!, views[2]!].map(({ lines }) => lines.at(-1))).toEqual(
			Array(2).fill(contains('list_changed')),
		);
	});

	it('a session that closes cancels its own requests only; the last one out stops the process after a grace', async () => {
		const { views, process, clock, enter } = await greeted(2);
		const [one, two] = views as [(typeof views)[0], (typeof views)[0]];
		await one.send('{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{}}');
		const mine = process.last().id;
		await two.send('{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{}}');
		const theirs = process.last().id;
		await one.view.stop();
		expect(process.last()).toMatchObject({ method: 'notifications/cancelled', params: { requestId: mine } });
		process.say(`{"jsonrpc":"2.0","id":${String(mine)},"result":{}}`);
		process.say(`{"jsonrpc":"2.0","id":${String(theirs)},"result":{}}`);
		expect([one.lines.length, two.lines.length]).toEqual([0, 1]);
		await two.view.stop();
		clock.advance(9_000);
		const again = await enter();
		clock.advance(9_000);
		expect(process.stopped).toBe(false);
		await again.view.stop();
		clock.advance(10_000);
		expect(process.stopped).toBe(true);
		await expect(again.send('{"jsonrpc":"2.0","id":1,"method":"ping"}')).rejects.toThrow('not running');
	});

	it('the emergency stop of the last session waits for nothing, and an end is told to all', async () => {
		const { views, process } = await greeted(2);
		await views[0]!.view.stop(AT_ONCE);
		expect(process.stopped).toBe(false);
		await views[1]!.view.stop(AT_ONCE);
		expect(process.stopped).toBe(true);
		const next = await greeted(2);
		next.process.listener?.end({ code: 3, stopped: false });
		expect(next.views.map(({ ends }) => ends)).toEqual(Array(2).fill([{ code: 3, stopped: false }]));
		expect((await next.enter()).ends).toEqual([]);
		expect(next.processes).toHaveLength(2);
	});

	it.each([
		['stops', (all: ReturnType<typeof shared>) => all.server.close(AT_ONCE)],
		['is stopped', () => Promise.resolve()],
	])('nothing is left running where the server %s while its secrets are read', async (_how, stop) => {
		let read = () => {};
		const opening = { until: new Promise<void>(resolve => (read = resolve)) };
		const all = shared(opening);
		const view = all.server.view();
		const none = () => undefined;
		const ends: UpstreamEnd[] = [];
		const listener = { line: none, oversize: none, oversizeEnd: none, runaway: none };
		const entered = view.start({ ...listener, end: end => ends.push(end) });
		await view.stop(AT_ONCE);
		await stop(all);
		read();
		await expect(entered).rejects.toThrow('Stopped before it was started.');
		expect(all.processes.filter(each => each.listener !== undefined)).toEqual([]);
		opening.until = Promise.resolve();
		await all.enter();
		expect(all.processes.at(-1)?.listener).toBeDefined();
	});

	it('a session that closes while its own process is made ready leaves none behind', async () => {
		let read = () => {};
		const opening: { until?: Promise<void> } = {};
		const { enter, processes } = await greeted(1, opening);
		const other = await enter();
		opening.until = new Promise<void>(resolve => (read = resolve));
		const sent = other.send(hello('"roots":{}'));
		await expect(other.send('{"jsonrpc":"2.0","id":1,"method":"ping"}')).rejects.toThrow('not running');
		await other.view.stop(AT_ONCE);
		read();
		await expect(sent).rejects.toThrow('Stopped before it was started.');
		expect(processes[1]?.listener).toBeUndefined();
		expect(processes[0]?.stopped).toBe(false);
	});

	it('tasks, which every session could list, are not to be had', async () => {
		const { views, process } = await greeted(1);
		const before = process.got.length;
		await views[0]!.send('{"jsonrpc":"2.0","id":1,"method":"tasks/list"}');
		await views[0]!.send('{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"task":{}}}');
		expect(process.got).toHaveLength(before);
		expect(views[0]!.lines).toEqual([contains('Tasks are not available'), contains('Tasks are not available')]);
	});
});

describe('spanOf and splice', () => {
	it('find and replace a value anywhere in any JSON, and nothing else (property)', () => {
		fc.assert(
			fc.property(fc.jsonValue(), fc.jsonValue(), fc.string(), fc.nat(3), (value, other, key, indent) => {
				const text = JSON.stringify({ a: other, p: { [key]: value, z: [other] }, id: 1 }, undefined, indent);
				const bytes = Buffer.from(text);
				if (key === '__proto__') {
					return;
				}
				const span = spanOf(bytes, ['p', key])!;
				if (key !== 'z') {
					expect(JSON.parse(textAt(bytes, span))).toEqual(JSON.parse(JSON.stringify(value)));
				}
				const changed = Buffer.from(splice(bytes, [{ span, text: '"new"' }])).toString();
				expect(changed.replace('"new"', () => textAt(bytes, span)).length).toBe(text.length);
				expect((JSON.parse(changed) as { p: Record<string, unknown> }).p[key]).toBe('new');
				expect(spanOf(bytes, ['p', 'q', 'missing'])).toBeUndefined();
			}),
		);
	});
});
