import { describe, expect, it, onTestFinished } from 'vitest';
import { type JsonObject } from '../../src/base/json';
import { disklessRig, entryOf, pinOf } from './support/rig';
import { requestFor, RugPull } from './support/rugPull';

const TOOL = { name: 'read_text_file', description: 'Reads.', inputSchema: { type: 'object' } };
const reasonOf = (answer: JsonObject | undefined) =>
	(answer?.error as { readonly data?: { readonly reason?: string } } | undefined)?.data?.reason ?? 'passed';
const POLICY = 'allow: [compute.run]\ndeny: [shell.execute]\n';
const reviewed = (capability: string, revision: number) => entryOf([pinOf(TOOL, capability)], { revision });

describe('C1: a session keeps the review that it began with', () => {
	it('N2: S1 decides with revision 1 while S2 decides with revision 2, and the trail says which', async () => {
		const rig = disklessRig({ policy: POLICY, entry: reviewed('compute.run', 1) });
		const first = rig.session;
		rig.entry = reviewed('shell.execute', 2);
		expect(reasonOf(await rig.call(TOOL.name))).toBe('passed');
		rig.openAnother();
		expect(rig.session).not.toBe(first);
		expect(reasonOf(await rig.call(TOOL.name))).not.toBe('passed');
		expect(rig.trail.endings.map(({ server, outcome }) => [server?.revision, outcome])).toEqual([
			[1, 'answered'],
			[2, 'refused'],
		]);
	});

	it('C1: a tool that revision 2 has and revision 1 has not is none of S1', async () => {
		const rig = disklessRig({ policy: POLICY, entry: entryOf([], { revision: 1 }) });
		expect(reasonOf(await rig.call(TOOL.name))).toBe('tool_not_reviewed');
		rig.entry = reviewed('compute.run', 2);
		expect(reasonOf(await rig.call(TOOL.name))).toBe('tool_not_reviewed');
		rig.openAnother();
		expect(reasonOf(await rig.call(TOOL.name))).toBe('passed');
	});

	it.each(['revoked', 'suspended', 'pending-review'] as const)(
		'C1: %s counts at once, in every session, whatever the revision',
		async status => {
			const rig = disklessRig({ policy: POLICY, entry: reviewed('compute.run', 1) });
			expect(reasonOf(await rig.call(TOOL.name))).toBe('passed');
			rig.entry = { ...reviewed('compute.run', 2), status };
			const reason = status === 'revoked' ? 'server_revoked' : 'server_not_approved';
			expect(reasonOf(await rig.call(TOOL.name))).toBe(reason);
			rig.entry = undefined;
			expect(reasonOf(await rig.call(TOOL.name))).toBe('server_not_approved');
		},
	);

	it('C1: a session that begins before anybody reviewed the server takes the first review, not the unreviewed entry', async () => {
		const rig = disklessRig({
			policy: POLICY,
			entry: { ...reviewed('shell.execute', 1), status: 'pending-review' },
		});
		expect(reasonOf(await rig.call(TOOL.name))).toBe('server_not_approved');
		rig.entry = reviewed('compute.run', 2);
		expect(reasonOf(await rig.call(TOOL.name))).toBe('passed');
	});
});

describe('C1: what is judged is what is recorded', () => {
	it('a session does not take up another review of the same number, of a server that was released and guarded again', async () => {
		const rig = disklessRig({ policy: POLICY, entry: reviewed('compute.run', 1) });
		expect(reasonOf(await rig.call(TOOL.name))).toBe('passed');
		rig.entry = { ...reviewed('shell.execute', 1), reviewedAt: '2026-11-01T12:00:00.000Z' };
		expect(reasonOf(await rig.call(TOOL.name))).toBe('passed');
		rig.openAnother();
		expect(reasonOf(await rig.call(TOOL.name))).not.toBe('passed');
	});

	it('N2: a request without a session keeps the revision that it came under, however long a person thinks', async () => {
		const rig = disklessRig({
			policy: 'require_approval: [compute.run]\n',
			entry: reviewed('compute.run', 1),
		});
		const thinks = ({ id, digest }: { readonly id: string; readonly digest: string }) => {
			rig.entry = reviewed('compute.run', 2);
			return Promise.resolve({ requestId: id, digest, outcome: 'allowed-once' as const });
		};
		rig.approver.will(thinks, thinks);
		const _meta = {
			'io.modelcontextprotocol/protocolVersion': '2026-07-28',
			'io.modelcontextprotocol/clientCapabilities': {},
			'io.modelcontextprotocol/clientInfo': { name: 'c', version: '1' },
		};
		await rig.request('tools/call', { name: TOOL.name, arguments: {}, _meta });
		await rig.request('tools/call', { name: TOOL.name, arguments: {}, _meta });
		expect(rig.trail.endings.map(({ server, outcome }) => [server?.revision, outcome])).toEqual([
			[1, 'answered'],
			[2, 'answered'],
		]);
		expect(rig.trail.verdicts.map(({ server }) => server?.revision)).toEqual([1, 2]);
	});
});

describe('C1: the endpoint retires sessions of an older review', () => {
	const openRug = async () => {
		const rug = await RugPull.open();
		onTestFinished(() => rug.close());
		return rug;
	};

	it('what is in flight ends, under its own review; then the client gets 404 and begins anew', async () => {
		const rug = await openRug();
		const { rig } = rug;
		rig.usePolicy('require_approval: ["*"]\n');
		let decide = () => {};
		let asked = () => {};
		const isAsked = new Promise<void>(resolve => (asked = resolve));
		const decided = new Promise<void>(resolve => (decide = resolve));
		rig.approver.will(async ({ id, digest }) => {
			asked();
			await decided;
			return { requestId: id, digest, outcome: 'allowed-once' as const };
		});
		const session = await rug.session();
		const call = session.request(...requestFor('tool read_note'));
		await isAsked;
		rig.entry = { ...rig.entry!, revision: 2 };
		rug.retireOld();
		expect(await session.status('tools/list')).toBe(404);
		expect(rug.sessions).toBe(1);
		decide();
		expect(await call).toHaveProperty('result');
		expect(await session.status('tools/list')).toBe(404);
		expect(rug.sessions).toBe(0);
		expect(rig.trail.endings.at(-1)?.server?.revision).toBe(1);
		const next = await rug.session();
		await next.request('tools/list');
		expect(rig.trail.endings.at(-1)?.server?.revision).toBe(2);
	});

	it('one that waits for nothing is gone at once, also where nobody told the endpoint', async () => {
		const rug = await openRug();
		const session = await rug.session();
		rug.rig.entry = { ...rug.rig.entry!, revision: 2 };
		expect(await session.status('tools/list')).toBe(404);
		expect(rug.sessions).toBe(0);
	});

	it('MCP 2026-07-28: each request is judged by the registry as it is, also by the same process', async () => {
		const rug = await openRug();
		expect(reasonOf(await rug.ask(...requestFor('tool read_note')))).toBe('passed');
		const { tools, ...rest } = rug.rig.entry!;
		rug.rig.entry = { ...rest, revision: 2, tools: tools.filter(({ name }) => name !== 'read_note') };
		expect(reasonOf(await rug.ask(...requestFor('tool read_note')))).toBe('tool_not_reviewed');
		expect(rug.rig.trail.endings.at(-1)?.server?.revision).toBe(2);
	});
});
