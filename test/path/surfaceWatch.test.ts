import { describe, expect, it } from 'vitest';
import { type JsonObject } from '../../src/base/json';
import { type WireMessage } from '../../src/firewall/message';
import { type ForwardOutcome } from '../../src/firewall/ports';
import { OWN_REQUEST_MS } from '../../src/firewall/ownRequest';
import { ALLOW_ALL, disklessRig, entryOf, pinOf, type Rig } from './support/rig';
import { wire } from './support/wire';

const TOOL = { name: 'read_text_file', description: 'Reads.', inputSchema: { type: 'object' } };
const HELLO = {
	protocolVersion: '2025-11-25',
	capabilities: { tools: {}, prompts: {}, resources: {} },
	serverInfo: {},
};
const reasonOf = (answer: JsonObject | undefined) =>
	(answer?.error as { readonly data?: { readonly reason?: string } } | undefined)?.data?.reason ?? 'passed';

type Says = (method: string) => JsonObject | undefined;

/** A session that has begun, in front of a server that says this when the firewall asks it; undefined: never. */
async function begun(says: Says, over: Parameters<typeof disklessRig>[0] = {}): Promise<Rig> {
	const ask = (_rig: Rig, { value }: WireMessage): Promise<ForwardOutcome> => {
		const said = says(value.method as string);
		return said === undefined
			? new Promise<never>(() => {})
			: Promise.resolve({ kind: 'answered', message: wire({ jsonrpc: '2.0', id: value.id!, ...said }) });
	};
	const rig = disklessRig({ policy: ALLOW_ALL, entry: entryOf([pinOf(TOOL, 'compute.run')]), ask, ...over });
	rig.upstream.answersOnce(HELLO);
	await rig.request('initialize', {});
	return rig;
}

const LISTS: Record<string, JsonObject> = {
	'tools/list': { result: { tools: [TOOL] } },
	'prompts/list': { result: { prompts: [] } },
	'resources/templates/list': { error: { code: -32601, message: 'no' } },
};
const asReviewed: Says = method => LISTS[method];
const methods = (rig: Rig) => rig.asked.map(({ method }) => method);

describe('C6: no call before the surface of its process was compared', () => {
	it('calls that come at once wait for one comparison of everything, and none is asked for again', async () => {
		const rig = await begun(asReviewed);
		const answers = await Promise.all([rig.call(TOOL.name), rig.call(TOOL.name)]);
		expect(answers.map(reasonOf)).toEqual(['passed', 'passed']);
		await rig.call(TOOL.name);
		expect(methods(rig)).toEqual(['tools/list', 'prompts/list', 'resources/templates/list']);
		// Each is recorded before it is sent, and asked before the call is sent.
		const firstCall = rig.timeline.lastIndexOf('asked');
		expect(rig.timeline.slice(firstCall)).toContain('sent');
		expect(rig.timeline.slice(0, firstCall).filter(step => step === 'sent')).toHaveLength(1);
	});

	it('invariant 1: what the firewall asks has a verdict recorded for the same bytes', async () => {
		const rig = await begun(asReviewed);
		await rig.call(TOOL.name);
		const own = rig.trail.entries.filter(({ detail }) => detail?.startsWith('asked by MCP Firewall itself'));
		expect(own.filter(({ kind }) => kind === 'verdict')).toHaveLength(3);
		expect(own.filter(({ kind }) => kind !== 'verdict').map(({ outcome }) => outcome)).toEqual(
			Array.from({ length: 3 }, () => 'answered'),
		);
	});

	it('a process that takes over is compared anew', async () => {
		const rig = await begun(asReviewed);
		await rig.call(TOOL.name);
		rig.session.upstreamRestarted?.();
		await rig.call(TOOL.name);
		expect(methods(rig).filter(method => method === 'tools/list')).toHaveLength(2);
	});

	it('a client that has the whole list already costs no second one; a page of it is not the whole', async () => {
		const whole = await begun(asReviewed);
		await whole.list(TOOL);
		await whole.call(TOOL.name);
		expect(methods(whole)).not.toContain('tools/list');
		const paged = await begun(asReviewed);
		paged.upstream.answersOnce({ tools: [TOOL], nextCursor: 'more' });
		await paged.request('tools/list');
		await paged.call(TOOL.name);
		expect(methods(paged)).toContain('tools/list');
	});

	it('invariant 3: no answer is a refusal, and the next call asks again', async () => {
		let mute = true;
		const rig = await begun(method => (mute && method === 'tools/list' ? undefined : asReviewed(method)));
		const call = rig.call(TOOL.name);
		await waitFor(() => methods(rig).length === 3);
		rig.clock.advance(OWN_REQUEST_MS);
		expect(reasonOf(await call)).toBe('surface_unknown');
		mute = false;
		expect(reasonOf(await rig.call(TOOL.name))).toBe('passed');
	});

	it('invariant 8: when the trail cannot be written, nothing is asked and nothing called', async () => {
		const rig = await begun(asReviewed);
		rig.trail.fails = ({ kind }) => kind === 'verdict';
		expect(reasonOf(await rig.call(TOOL.name))).toBe('trail_unwritable');
		expect(rig.asked).toEqual([]);
	});

	it('a list that changes each time it is read is never taken for compared', async () => {
		const rig: Rig = await begun(method => {
			void rig.serverNotification('notifications/tools/list_changed');
			return asReviewed(method);
		});
		expect(reasonOf(await rig.call(TOOL.name))).toBe('surface_unknown');
		expect(methods(rig).filter(method => method === 'tools/list').length).toBeLessThan(10);
	});

	it('a flood of list_changed makes neither lists nor entries without end', async () => {
		const rig = await begun(asReviewed);
		await rig.call(TOOL.name);
		rig.clock.advance(10_000);
		const before = rig.asked.length;
		for (let n = 0; n < 100; n++) {
			await rig.serverNotification('notifications/tools/list_changed');
		}
		expect(rig.asked.length - before).toBe(1);
		await rig.call(TOOL.name);
		expect(rig.asked.length - before).toBe(2);
	});

	it('a list that comes page by page takes no longer than one answer may', async () => {
		let page = 0;
		const rig: Rig = await begun(method => {
			if (method !== 'tools/list') {
				return asReviewed(method);
			}
			rig.clock.advance(OWN_REQUEST_MS / 4);
			return { result: { tools: [], nextCursor: String(++page) } };
		});
		expect(reasonOf(await rig.call(TOOL.name))).toBe('surface_unknown');
		expect(page).toBeLessThanOrEqual(5);
	});

	it('pages of a list that are too large together are not kept, and nobody reads them again with each call', async () => {
		let page = 0;
		const large = 'x'.repeat(4 * 1024 * 1024);
		const rig = await begun(method =>
			method === 'tools/list' ? { result: { tools: [large], nextCursor: String(++page) } } : asReviewed(method),
		);
		expect(reasonOf(await rig.call(TOOL.name))).toBe('surface_unknown');
		expect(page).toBeLessThan(12);
		const before = rig.asked.length;
		expect(reasonOf(await rig.call(TOOL.name))).toBe('surface_unknown');
		expect(rig.asked.length).toBe(before);
		rig.clock.advance(60_000);
		await rig.call(TOOL.name);
		expect(rig.asked.length).toBeGreaterThan(before);
	});

	it('a cursor that leads to itself is no list', async () => {
		const rig = await begun(method =>
			method === 'tools/list' ? { result: { tools: [TOOL], nextCursor: 'again' } } : asReviewed(method),
		);
		expect(reasonOf(await rig.call(TOOL.name))).toBe('surface_unknown');
		expect(methods(rig).filter(method => method === 'tools/list')).toHaveLength(2);
	});

	it('a list that a call does not need does not hold it up', async () => {
		const rig = await begun(method => (method === 'prompts/list' ? undefined : asReviewed(method)));
		expect(reasonOf(await rig.call(TOOL.name))).toBe('passed');
		expect(methods(rig)).toContain('prompts/list');
	});

	it.each([
		['says that its list changed', (rig: Rig) => void rig.serverNotification('notifications/tools/list_changed')],
		['is another process', (rig: Rig) => rig.session.upstreamRestarted?.()],
	])('C6: a server that %s while a call is judged is not sent it', async (_what, happens) => {
		const rig = await begun(asReviewed);
		await rig.call(TOOL.name);
		const sent = rig.upstream.sent.length;
		// Judging is over when its verdict is written.
		rig.trail.fails = ({ kind, method }) => {
			if (kind === 'verdict' && method === 'tools/call') {
				happens(rig);
			}
			return false;
		};
		expect(reasonOf(await rig.call(TOOL.name))).toBe('surface_unknown');
		expect(rig.upstream.sent).toHaveLength(sent);
		expect(rig.trail.endings.at(-1)).toMatchObject({ outcome: 'refused', detail: 'surface_unknown' });
		rig.trail.fails = () => false;
		expect(reasonOf(await rig.call(TOOL.name))).toBe('passed');
	});

	it('a server that lists other tools each time is not told of without end', async () => {
		let round = 0;
		const rig = await begun(method =>
			method === 'tools/list'
				? { result: { tools: [TOOL, { ...TOOL, name: `extra_${String(++round)}` }] } }
				: asReviewed(method),
		);
		for (let n = 0; n < 30; n++) {
			rig.clock.advance(2_000);
			await rig.call(TOOL.name);
			await rig.serverNotification('notifications/tools/list_changed');
		}
		expect(round).toBeGreaterThan(20);
		const told = () => rig.notices.filter(({ kind }) => kind === 'drifted').length;
		expect(told()).toBe(5);
		rig.clock.advance(10 * 60_000);
		await rig.serverNotification('notifications/tools/list_changed');
		expect(told()).toBe(6);
	});

	it('without an introduction there is nothing to compare: refused', async () => {
		const rig = disklessRig({
			policy: ALLOW_ALL,
			entry: entryOf([pinOf(TOOL, 'compute.run')]),
			ask: () => ({ kind: 'failed', why: 'unavailable' }),
		});
		expect(reasonOf(await rig.call(TOOL.name))).toBe('surface_unknown');
		expect(rig.upstream.sent).toEqual([]);
	});

	it('a server that nobody has to review is asked nothing', async () => {
		const rig = await begun(asReviewed, {
			server: { reviewRequired: false },
			ports: { registry: { find: () => undefined } },
		});
		await rig.call(TOOL.name);
		expect(rig.asked).toEqual([]);
	});
});

describe('nothing is callable before review', () => {
	it('C6: a completion for what nobody reviewed', async () => {
		const rig = await begun(asReviewed);
		const argument = { name: 'a', value: '' };
		for (const [ref, reason] of [
			[{ type: 'ref/prompt', name: 'p' }, 'prompt_not_reviewed'],
			[{ type: 'ref/resource', uri: 'x://{y}' }, 'template_not_reviewed'],
			[{ type: 'ref/else', uri: 'x' }, 'template_not_reviewed'],
			[undefined, 'template_not_reviewed'],
		] as const) {
			const params = { argument, ...(ref && { ref }) };
			expect(reasonOf(await rig.request('completion/complete', params))).toBe(reason);
		}
		expect(rig.upstream.sent).toHaveLength(1);
	});
});

/** Lets what has been started go on until it has come so far. */
async function waitFor(condition: () => boolean): Promise<void> {
	while (!condition()) {
		await new Promise(resolve => setImmediate(resolve));
	}
}
