import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { coverageOf } from '../../../src/domain/approval/coverage';
import { type Grant, HOUR_GRANT_MS } from '../../../src/domain/approval/grant';
import { type GrantCall } from '../../../src/domain/approval/grantCall';
import { grantCovers } from '../../../src/domain/approval/grantReach';
import { hourReachOf, isLoud } from '../../../src/domain/approval/hourReach';
import { KNOWN_CAPABILITIES } from '../../../src/domain/policy/knownCapabilities';
import { SESSION_LABELS } from '../../../src/domain/policy/sessionLabel';

const NOW = 1_800_000_000_000;
const RULES = { caseInsensitivePaths: false };
const binding = {
	...{ serverId: 's', serverName: 'files', tool: 'write_file', capability: 'filesystem.write', toolDigest: 't1' },
	...{ entryDigest: 'e', policyDigest: 'p', askedBy: 'a' },
};
const at = (path: string) => ({ pointer: '/path', raw: path, candidates: [path] });
const call = (over: Partial<GrantCall> = {}, bound: Partial<typeof binding> = {}): GrantCall => ({
	...{ session: 'one', workspace: 'w', binding: { ...binding, ...bound }, digest: 'd', paths: [at('/ws/src/a.ts')] },
	...{ possiblePaths: [], urls: [], labels: new Set<string>(), roots: ['/ws'] },
	...over,
});
const grantFor = (given: GrantCall): Grant => {
	const reach = hourReachOf(given, RULES);
	if (reach === undefined) {
		throw new Error('not offered');
	}
	const times = { madeAt: NOW, expiresAt: NOW + HOUR_GRANT_MS };
	return { ...{ id: 'g', scope: 'hour', binding: given.binding, reach, session: given.session }, ...times };
};
const state = (other: GrantCall, later = 0) => grantCovers(grantFor(call()), other, NOW + later, RULES);

describe('an answer for an hour (editor.md §3 #1; issue 9, item 2)', () => {
	it.each(
		KNOWN_CAPABILITIES.filter(name =>
			/^(?:shell|database|network|payments|secrets|github|client)\.|\.delete$|\.drop$/.test(name),
		),
	)('is never offered for %s', capability => {
		expect(hourReachOf(call({}, { capability }), RULES)).toBeUndefined();
	});

	it.each([
		['nobody reviewed the server', call({}, { entryDigest: '' })],
		['the capability is not known', call({}, { capability: 'unknown' })],
		['what the session met is not known', { ...call(), labels: undefined } as unknown as GrantCall],
		['a path lies outside of the open folders', call({ paths: [at('/ws/a'), at('/etc/passwd')] })],
		['a path cannot be judged', call({ paths: [{ ...at('/ws/a'), problem: 'remote' }] })],
		['what may be a path lies outside', call({ possiblePaths: [at('/home/me/.bashrc')] })],
		['a file tool names no path', call({ paths: [] })],
		['a place holds a secret', call({ secretPlaces: true })],
		['an argument says more than the tool', call({ loud: true })],
		['a file has another name elsewhere', call({ paths: [{ ...at('/ws/a'), flags: { hardLinked: true } }] })],
		['a file lies on another device', call({ paths: [{ ...at('/ws/a'), flags: { otherDevice: true } }] })],
		['the tool says that it goes further', call({}, { capability: 'git.write', tool: 'git_reset_hard' })],
		['the tool sends work away', call({}, { capability: 'git.write', tool: 'git_push' })],
	])('is not offered where %s', (_why, given) => {
		expect(hourReachOf(given, RULES)).toBeUndefined();
	});

	it('covers other tools of the server that do the same below the open folder, and ends', () => {
		expect(state(call({ paths: [at('/ws/docs/b.md')] }, { tool: 'edit_file', toolDigest: 't2' }))).toBe('covers');
		expect(state(call(), HOUR_GRANT_MS)).toBe('void');
	});

	it('covers no other session, server, capability, question or place', () => {
		expect(state(call({ session: 'two' }))).toBe('other');
		expect(state(call({}, { serverId: 'x' }))).toBe('other');
		expect(state(call({}, { capability: 'filesystem.delete' }))).toBe('other');
		expect(state(call({}, { askedBy: 'another rule' }))).toBe('other');
		expect(state(call({ paths: [at('/ws-evil/a')] }))).toBe('other');
		expect(state(call({ loud: true }))).toBe('other');
	});

	it('is void once the review, the policy or the tool is another one', () => {
		expect(state(call({}, { entryDigest: 'f' }))).toBe('void');
		expect(state(call({}, { policyDigest: 'q' }))).toBe('void');
		expect(state(call({}, { toolDigest: 't3' }))).toBe('void');
	});

	it('property: a session that met anything but many files is not covered', () => {
		const labels = SESSION_LABELS.filter(label => label !== 'many-reads');
		fc.assert(
			fc.property(fc.subarray(labels, { minLength: 1 }), met => {
				expect(state(call({ labels: new Set(met) }))).toBe('other');
			}),
		);
		expect(state(call({ labels: new Set(['many-reads']) }))).toBe('covers');
	});

	it.each([
		[{ mode: 'delete', branchName: 'main' }, true],
		[{ nested: [{ forceWithLease: true }] }, true],
		[{ noVerify: true }, true],
		[{ args: ['--hard', 'HEAD~3'] }, true],
		[{ flags: ['-D', 'main'] }, true],
		[{ mode: 'force-push' }, true],
		[{ how: 'hard_reset' }, true],
		[{ options: '{"nested":{"force":true}}' }, true],
		[{ mode: 'ｆｏｒｃｅ' }, true],
		[{ path: '/ws/delete.ts', name: 'force.md', content: 'delete it\n- item', limit: '-5' }, false],
		[{ force: false, path: '/ws', message: 'We delete what nobody reads' }, false],
	])('an argument is loud or not: %j', (args, loud) => {
		expect(isLoud(args)).toBe(loud);
	});
});

describe('what an answer would have covered', () => {
	const asked = [
		{ call: call({ paths: [at('/ws/b')] }), at: NOW - 1000 },
		{ call: call({}, { tool: 'edit_file', toolDigest: 't2' }), at: NOW - 2000 },
		{ call: call({ paths: [at('/etc/x')] }), at: NOW - 3000 },
		{ call: call(), at: NOW - 2 * HOUR_GRANT_MS },
		{ call: call({ session: 'two' }), at: NOW - 1000 },
	];
	it('counts only what it would have covered in earnest: this session, this hour, these folders', () => {
		const offer = { scope: 'hour', reach: grantFor(call()).reach, holdsForMs: HOUR_GRANT_MS } as const;
		expect(coverageOf(offer, call(), asked, NOW, RULES)).toEqual({ count: 2, of: 5 });
	});

	it('says nothing where nobody was asked yet', () => {
		const offer = { scope: 'hour', reach: grantFor(call()).reach, holdsForMs: HOUR_GRANT_MS } as const;
		expect(coverageOf(offer, call(), [], NOW, RULES)).toBeUndefined();
	});
});
