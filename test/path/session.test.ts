import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type JsonObject } from '../../src/base/json';
import { openRig, POLICY, type Rig } from './support/rig';

const preset = (name: string) => readFileSync(new URL(`../../policies/${name}.yaml`, import.meta.url), 'utf8');
const reasonOf = (answer: JsonObject | undefined) =>
	((answer?.error as JsonObject | undefined)?.data as JsonObject | undefined)?.reason;
const hintOf = (answer: JsonObject | undefined) =>
	((answer?.error as JsonObject | undefined)?.data as JsonObject | undefined)?.hint;
const text = (value: string) => ({ content: [{ type: 'text', text: value }] });

describe('PATH-20 the balanced policy leaves a workspace searchable', () => {
	it.each([
		['directory_tree', { path: '.' }],
		['directory_tree', { path: '.', excludePatterns: ['node_modules'] }],
		['search_files', { path: '.', pattern: '**/*.md' }],
		['search_files', { path: '.', pattern: '*.md', excludePatterns: ['dist'] }],
	])('%s %j is allowed', async (tool, args) => {
		const rig = await openRig({ policy: preset('balanced'), composition: true });
		const absolute: JsonObject = { ...args, path: rig.workspace };
		expect(await rig.call(tool, absolute)).toHaveProperty('result');
	});

	it('outside of the workspace it is not', async () => {
		const rig = await openRig({ policy: preset('balanced'), composition: true });
		expect(await rig.call('directory_tree', { path: rig.folder })).toHaveProperty('error');
		expect(rig.upstream.sent).toEqual([]);
	});
});

describe('PATH-23 undeclared arguments', () => {
	it('a command under a tool that nobody reviewed is a program', async () => {
		const rig = await openRig({ policy: 'allow: [filesystem.read, compute.run]\n' });
		const answer = await rig.call('read_file', { path: '/x', command: 'rm -rf /' });
		expect(answer).toHaveProperty('error');
		expect(rig.trail.endings[0]).toMatchObject({ capability: 'shell.execute', outcome: 'refused' });
	});
});

const COMPOSED = `composition: require_approval
deny:
  - filesystem.delete
allow:
  - filesystem.*
  - network.*
  - memory.*
`;

const composed = (policy = COMPOSED) => openRig({ policy, composition: true });
const SECRET = text(
	'AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY aws_access_key_id=AKIAIOSFODNN7EXAMPLE',
);

async function fetched(rig: Rig): Promise<JsonObject | undefined> {
	rig.openOther({ id: 'w'.repeat(64), name: 'web' });
	return rig.call('fetch', { url: 'https://example.com/' });
}

describe('SEQ-01 to SEQ-06 labels flow through a window', () => {
	it('X1: after a secret in a result, another server is asked about first', async () => {
		const rig = await composed();
		rig.upstream.answersOnce(SECRET);
		await rig.call('read_text_file', { path: `${rig.workspace}/readme.md` });
		expect(reasonOf(await fetched(rig))).toBe('approval_denied');
		expect(rig.approver.requests[0]?.verdict.reason).toMatch(/^secret_then_/);
	});

	it('nothing is asked about while nothing was seen', async () => {
		const rig = await composed();
		await rig.call('read_text_file', { path: `${rig.workspace}/readme.md` });
		expect(await fetched(rig)).toHaveProperty('result');
		expect(rig.approver.requests).toEqual([]);
	});

	it('X2: after text from outside, a write is asked about', async () => {
		const rig = await composed();
		await fetched(rig);
		rig.openAnother();
		expect(reasonOf(await rig.call('write_file', { path: `${rig.workspace}/a`, content: 'x' }))).toBe(
			'approval_denied',
		);
		expect(rig.approver.requests[0]?.verdict.reason).toBe('untrusted_then_write');
	});

	it('composition: off asks about nothing', async () => {
		const rig = await composed(COMPOSED.replace('require_approval', "'off'"));
		rig.upstream.answersOnce(SECRET);
		await rig.call('read_text_file', { path: `${rig.workspace}/readme.md` });
		expect(await fetched(rig)).toHaveProperty('result');
	});

	it('a grant for a write is none once the same write is asked about for another reason', async () => {
		const policy = `${COMPOSED.replace('filesystem.*', 'filesystem.read')}require_approval:\n  - filesystem.write\n`;
		const rig = await composed(policy);
		const write = () => rig.call('write_file', { path: `${rig.workspace}/a`, content: 'x' });
		rig.approver.will('allowed-session');
		expect(await write()).toHaveProperty('result');
		expect(await write()).toHaveProperty('result');
		expect(rig.approver.requests).toHaveLength(1);
		const session = rig.session;
		expect(await rig.call('fetch', { url: 'https://example.com/' })).toHaveProperty('result');
		expect(rig.session).toBe(session);
		expect(reasonOf(await write())).toBe('approval_denied');
	});
});

describe('X9: a denied call that comes back with changed arguments', () => {
	it('suspends the tool, in every session of the window, and says so', async () => {
		const rig = await composed();
		const remove = (name: string) => rig.call('delete_file', { path: `${rig.workspace}/${name}` });
		for (const name of ['a', 'b', 'c']) {
			expect(reasonOf(await remove(name))).toBe('destructive_operation');
		}
		await remove('d');
		rig.openAnother();
		rig.load = { ...rig.load };
		const answer = await remove('e');
		expect(reasonOf(answer)).toBe('tool_suspended');
		expect(hintOf(answer)).toContain('rests');
		expect(await rig.call('read_text_file', { path: `${rig.workspace}/readme.md` })).toHaveProperty('result');
	});

	it('the same call again is no variant', async () => {
		const rig = await composed();
		for (let turn = 0; turn < 8; turn++) {
			expect(reasonOf(await rig.call('delete_file', { path: `${rig.workspace}/a` }))).toBe(
				'destructive_operation',
			);
		}
	});
});

describe('limits', () => {
	const limited = (limits: string) => `allow:\n  - {id: few, capability: filesystem.read, limits: {${limits}}}\n`;
	const read = (rig: Rig) => rig.call('read_text_file', { path: `${rig.workspace}/readme.md` });

	it('calls per minute: the next minute begins anew', async () => {
		const rig = await openRig({ policy: limited('calls_per_minute: 2') });
		expect(await read(rig)).toHaveProperty('result');
		expect(await read(rig)).toHaveProperty('result');
		const third = await read(rig);
		expect(reasonOf(third)).toBe('limit_exceeded');
		expect(hintOf(third)).toContain('limit');
		rig.clock.advance(60_000);
		expect(await read(rig)).toHaveProperty('result');
	});

	it('calls per session: counted over all clients of the window', async () => {
		const rig = await openRig({ policy: limited('calls_per_session: 1') });
		expect(await read(rig)).toHaveProperty('result');
		rig.openAnother();
		expect(reasonOf(await read(rig))).toBe('limit_exceeded');
	});

	it('many at once: no more pass than the rule lets through', async () => {
		const rig = await openRig({ policy: limited('calls_per_session: 3') });
		await Promise.all(Array.from({ length: 12 }, () => read(rig)));
		expect(rig.upstream.sent).toHaveLength(3);
		expect(rig.trail.endings).toHaveLength(12);
	});

	it('bytes: requests and results count', async () => {
		const rig = await openRig({ policy: limited('bytes_per_session: 2000') });
		rig.upstream.answersOnce(text('x'.repeat(3000)));
		expect(await read(rig)).toHaveProperty('result');
		expect(reasonOf(await read(rig))).toBe('limit_exceeded');
	});
});

describe('APPR: what a rule offers', () => {
	const asking = (terms: string) =>
		`require_approval:\n  - {id: w, capability: filesystem.write, approval: {${terms}}}\n`;
	const write = (rig: Rig) => rig.call('write_file', { path: `${rig.workspace}/a`, content: 'x' });

	it('its time is the time of the question, but never more than the person set', async () => {
		const short = await openRig({ policy: asking('timeout: 20') });
		await write(short);
		expect(short.approver.requests[0]?.timeoutMs).toBe(20_000);
		const long = await openRig({ policy: asking('timeout: 3000') });
		await write(long);
		expect(long.approver.requests[0]?.timeoutMs).toBe(60_000);
	});

	it('a scope that is not offered is no yes', async () => {
		const rig = await openRig({ policy: asking('scopes: [once]') });
		rig.approver.will('allowed-session', 'allowed-once');
		expect(reasonOf(await write(rig))).toBe('approval_denied');
		expect(rig.approver.requests[0]?.scopes).toEqual(['once']);
		expect(await write(rig)).toHaveProperty('result');
		expect(reasonOf(await write(rig))).toBe('approval_denied');
	});

	it('without a word of the rule both are offered', async () => {
		const rig = await openRig({ policy: POLICY });
		await write(rig);
		expect(rig.approver.requests[0]?.scopes).toEqual(['once', 'session']);
	});
});

describe('direction: what a server asks of its client', () => {
	const SAMPLING = { method: 'sampling/createMessage', params: { messages: [], maxTokens: 10 } };
	const policy = (rule: string) => `${rule}\nallow:\n  - compute.run\n`;

	it('a policy that does not speak of it lets it pass', async () => {
		const rig = await openRig({ policy: preset('balanced') });
		expect((await rig.serverRequest(SAMPLING, { result: {} })).forwarded).toBe(1);
		expect(rig.trail.endings[0]).not.toHaveProperty('verdict');
	});

	it.each(['client.sampling', 'client.*'])('a deny of %s refuses it', async capability => {
		const rig = await openRig({ policy: policy(`deny:\n  - '${capability}'`) });
		const { answer, forwarded } = await rig.serverRequest(SAMPLING, { result: {} });
		expect(forwarded).toBe(0);
		expect(answer).toMatchObject({ kind: 'rewritten', value: { error: { data: { decision: 'denied' } } } });
		expect(rig.trail.endings).toMatchObject([{ capability: 'client.sampling', outcome: 'refused' }]);
	});

	it('an approval asks the person, and counts only with a yes', async () => {
		const rig = await openRig({ policy: policy('require_approval:\n  - client.sampling') });
		expect((await rig.serverRequest(SAMPLING, { result: {} })).forwarded).toBe(0);
		rig.approver.will('allowed-once');
		const other = { ...SAMPLING, params: { ...SAMPLING.params, maxTokens: 7 } };
		expect((await rig.serverRequest(other, { result: {} })).forwarded).toBe(1);
	});

	it('an allow speaks of the server only where it says so', async () => {
		const plain = await openRig({ policy: 'allow:\n  - client.sampling\n' });
		expect((await plain.serverRequest(SAMPLING, { result: {} })).forwarded).toBe(0);
		const told = await openRig({ policy: 'allow:\n  - {capability: client.sampling, direction: server}\n' });
		expect((await told.serverRequest(SAMPLING, { result: {} })).forwarded).toBe(1);
		expect((await told.serverRequest({ method: 'roots/list' }, { result: { roots: [] } })).forwarded).toBe(1);
	});
});
