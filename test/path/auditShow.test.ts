import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { auditShow } from '../../src/cli/auditShow';
import { AUDIT_ROOM } from '../../src/cli/auditRoom';
import { runCommand } from '../../src/cli/command';
import { type AuditEntry } from '../../src/domain/audit/auditRecord';
import { type CallEvidence } from '../../src/domain/audit/callEvidence';
import { entriesOf } from '../unit/support/auditRecords';
import { GuardedProcess } from './support/guardedProcess';

class Capture {
	readonly out: string[] = [];
	readonly err: string[] = [];
	stdout(line: string): void {
		this.out.push(line);
	}
	stderr(line: string): void {
		this.err.push(line);
	}
}

const string = { type: 'string' };
const SAVE = { name: 'save_note', inputSchema: { type: 'object', properties: { title: string, body: string } } };
const FETCH = {
	name: 'fetch',
	inputSchema: { type: 'object', properties: { url: string } },
	outputSchema: { type: 'object', properties: { title: string }, required: ['title'] },
};
const TOKEN = `ghp_${'a1B2'.repeat(9)}`;
const AUTH = { method: 'file-digest', result: 'ok', at: '2026-10-01T12:00:00.000Z' } as const;

const open = () =>
	GuardedProcess.open({
		tools: [
			[SAVE, 'notes.write'],
			[FETCH, 'network.request'],
		],
		policy: 'deny:\n  - {id: no-etc, capability: "*", path_prefix: /etc}\nallow: ["*"]\n',
		entry: {
			revision: 3,
			ceiling: 'internal',
			protocolVersion: '2025-11-25',
			supply: { source: { kind: 'npm', name: '@x/notes', version: '1.4.2' }, files: [], gaps: [] },
			credentials: [{ kind: 'env', name: 'NOTES_TOKEN', storedAt: '2026-01-01T00:00:00.000Z' }],
		},
		server: { auth: () => AUTH },
	});

/** One of five kinds of calls: allowed, narrowed, denied, above the ceiling, checked against a schema. */
const kinds = [
	(n: number) => ['save_note', { title: `note ${String(n)}` }],
	(n: number) => ['save_note', { title: `note ${String(n)}`, history: 'everything' }],
	() => ['save_note', { body: '/etc/passwd' }],
	() => ['save_note', { body: TOKEN }],
	(n: number) => ['fetch', { url: `https://x.example/${String(n)}` }],
] as const;

async function trailOf(guarded: GuardedProcess): Promise<readonly AuditEntry[]> {
	const folder = join(guarded.data, 'trail');
	const files = await readdir(folder);
	return (await Promise.all(files.map(file => entriesOf(join(folder, file))))).flat();
}

async function show(id: string, dir: string) {
	const capture = new Capture();
	const code = await auditShow(id, dir, true, capture);
	return { code, ...(JSON.parse(capture.out.join('')) as CallEvidence & { chain: Record<string, unknown> }) };
}

describe('E7: what the trail tells of one call', () => {
	it(
		'of ten calls of a thousand, drawn at random, all groups are there and the chain is verified',
		{ timeout: 180_000 },
		async () => {
			const guarded = await open();
			for (let n = 0; n < 1000; n++) {
				const [tool, args] = kinds[n % kinds.length]!(n);
				await guarded.call(tool as string, args as Record<string, string>);
			}
			await guarded.core.close();
			const calls = (await trailOf(guarded)).filter(entry => entry.kind === 'call');
			expect(calls).toHaveLength(1000);
			const drawn = Array.from({ length: 10 }, () => calls[Math.floor(Math.random() * calls.length)]!);
			for (const entry of drawn) {
				const { code, chain, identity, version, scope, outbound, response, validation, credentials, outcome } =
					await show(entry.id, guarded.data);
				expect(code).toBe(0);
				expect(chain).toMatchObject({ verified: true, seq: entry.seq, hash: entry.hash });
				expect(identity).toMatchObject({
					source: 'npm:@x/notes',
					authMethod: 'file-digest',
					authResult: 'ok',
					authAt: AUTH.at,
				});
				expect(identity.serverId).toBe(guarded.entry.id);
				expect(version).toEqual({
					registryRevision: 3,
					review: 'approved',
					serverVersion: '1.4.2',
					protocolVersion: '2025-11-25',
					toolPin: guarded.entry.tools.find(({ name }) => name === entry.tool)?.digest,
				});
				expect(scope).toMatchObject({
					decision: entry.verdict?.effect,
					capabilityBy: 'pin',
					policyDigest: entry.policyDigest,
				});
				expect(outbound.digestSent).toBe(entry.digest);
				expect(outbound).toHaveProperty('digestReceived');
				expect(outbound.heldBack).toEqual(
					entry.narrowed === undefined ? [] : ['/params/arguments/history (undeclared)'],
				);
				expect(response).toMatchObject({ digest: entry.response?.digest ?? 'none', quarantined: false });
				expect(validation).toMatchObject({
					schema: entry.tool === 'fetch' ? true : 'no schema to hold it against',
				});
				expect(credentials).toEqual(['env:NOTES_TOKEN (since 2026-01-01T00:00:00.000Z)']);
				expect(outcome.outcome).toBe(entry.outcome);
				expect(outcome).toHaveProperty('decideMs');
			}
			const files = await readdir(join(guarded.data, 'trail'));
			expect(await readFile(join(guarded.data, 'trail', files[0]!), 'utf8')).not.toContain(TOKEN);
		},
	);

	it('each kind of call says what happened to it', async () => {
		const guarded = await open();
		for (const [n, kind] of kinds.entries()) {
			const [tool, args] = kind(n);
			await guarded.call(tool as string, args as Record<string, string>);
		}
		await guarded.core.close();
		const calls = (await trailOf(guarded)).filter(entry => entry.kind === 'call');
		const shown = await Promise.all(calls.map(({ id }) => show(id, guarded.data)));
		expect(shown.map(each => each.outcome.outcome)).toEqual([
			'answered',
			'answered',
			'refused',
			'refused',
			'answered',
		]);
		expect(shown[1]!.outbound.digestReceived).not.toBe(shown[1]!.outbound.digestSent);
		expect(shown[2]!.scope).toMatchObject({ decision: 'deny', rule: 'no-etc', ruleAt: '/policies/policy.yaml:2' });
		expect(shown[3]!.outbound).toMatchObject({
			sensitivity: 'secret',
			ceiling: 'internal',
			sensitiveAt: ['/arguments/body (github-token)'],
		});
		expect(shown[3]!.outcome.detail).toBe('above_sensitivity');
		expect(shown[4]!.validation.schema).toBe(true);
	});

	it('the command: by the id of the verdict too; an unknown id, a forged trail and a missing option are told apart', async () => {
		const guarded = await open();
		await guarded.call('save_note', { title: 'a\u202eb' });
		await guarded.core.close();
		const entries = await trailOf(guarded);
		const call = entries.find(entry => entry.kind === 'call')!;
		const verdict = entries.find(entry => entry.callId === call.id)!;
		const run = async (...args: string[]) => {
			const capture = new Capture();
			const code = await runCommand(AUDIT_ROOM, ['audit', 'show', ...args], capture);
			return { code, out: capture.out, err: capture.err };
		};
		const told = await run(call.id, '--data', guarded.data);
		expect(told.code).toBe(0);
		expect(told.out.filter(line => !line.startsWith('  '))).toEqual([
			...['Call', 'Identity', 'Reviewed version', 'Scope check', 'Sent', 'Response', 'Validation'],
			...['Credentials, by name', 'Outcome', 'Chain'],
		]);
		expect(told.out.join('\n')).toContain('{"title":"a\\u202eb"}');
		expect((await run(verdict.id, '--data', guarded.data)).out).toEqual(told.out);
		expect(await run('no-such-id\u001b[2J', '--data', guarded.data)).toMatchObject({
			code: 1,
			err: ['audit show: no entry of this trail has the id no-such-id\\u001b[2J'],
		});
		expect((await run(call.id)).code).toBe(64);
		const file = join(guarded.data, 'trail', (await readdir(join(guarded.data, 'trail')))[0]!);
		await writeFile(file, (await readFile(file, 'utf8')).replace('save_note', 'save_more'));
		expect(await run(call.id, '--data', guarded.data)).toMatchObject({ code: 3, out: [] });
	});
});
