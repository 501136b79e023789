import { rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sha256Hex } from '../../src/base/digest';
import { type JsonObject } from '../../src/base/json';
import { type AuditEntry } from '../../src/domain/audit/auditRecord';
import { callEvidence } from '../../src/domain/audit/callEvidence';
import { entryLine } from '../../src/domain/audit/chain';
import { canonicalArguments, paramsHash } from '../../src/domain/audit/paramsHash';
import { readEntry } from '../../src/domain/audit/readEntry';
import { registryDigest, type ServerEntry } from '../../src/domain/registry/serverEntry';
import { notePolicy } from '../../src/firewall/notePolicy';
import { noteCredentials, noteUpstream } from '../../src/firewall/noteUpstream';
import { type FirewallPorts } from '../../src/firewall/ports';
import { namedCredentials } from '../../src/firewall/recordedServer';
import { argumentsMac } from '../../src/storage/argumentsMac';
import { fileState } from '../../src/storage/fileState';
import { revokeServer } from '../../src/vscode/revokeServer';
import { ALLOW_ALL, entryOf, openRig, pinOf, type Rig, type RigOptions } from './support/rig';
import { type Behaviour } from './support/scriptedUpstream';
import { wire } from './support/wire';
import { lacks } from '../unit/support/machine';

const noLinks = lacks('links', 'a link is put in the place of the file');
/** Where there is what it needs. */
const test = it.skipIf(noLinks);

const READ = { name: 'read_text_file', inputSchema: { type: 'object', properties: { path: { type: 'string' } } } };
const WRITE = { name: 'write_file', inputSchema: { type: 'object', properties: { path: { type: 'string' } } } };
const PATHS = { type: 'object', properties: { paths: { type: 'array', items: { type: 'string' } } } };
const TOKEN = `ghp_${'a1B2'.repeat(9)}`;
const TRACE = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const SIGNED_BY = 'ab'.repeat(32);

const reviewed = (over: Partial<ServerEntry> = {}) =>
	entryOf([pinOf(READ, 'filesystem.read'), pinOf(WRITE, 'filesystem.write')], over);
const mac = argumentsMac('a secret of this installation');
const open = (options: RigOptions = {}) =>
	openRig({ entry: reviewed(), policy: ALLOW_ALL, ...options, ports: { mac, fileState, ...options.ports } });
const callsOf = (rig: Rig) => rig.trail.entries.filter(({ kind }) => kind === 'call');
/** An upstream that does something before it answers. */
const after =
	(act: () => unknown): Behaviour =>
	async ({ value }) => {
		await act();
		return { kind: 'answered', message: wire({ jsonrpc: '2.0', id: value.id ?? null, result: { content: [] } }) };
	};
const hashOf = (args: JsonObject) => paramsHash(canonicalArguments(args) ?? '', sha256Hex);

describe('the record of a call (gateway.md A1 to A7)', () => {
	it('A1: which review it was judged under, as it is now, and whose signature brought it', async () => {
		const rig = await open({
			entry: reviewed({
				...{ revision: 4, signedBy: SIGNED_BY, protocolVersion: '2025-11-25' },
				supply: { source: { kind: 'npm', name: '@x/fs', version: '1.2.3' }, files: [], gaps: [] },
			}),
		});
		await rig.call('read_text_file', { path: 'readme.md' });
		rig.entry = { ...rig.entry!, status: 'suspended' };
		await rig.call('read_text_file', { path: 'readme.md' });
		const server = { id: rig.server.id, revision: 4, source: 'npm:@x/fs', version: '1.2.3', signedBy: SIGNED_BY };
		expect(callsOf(rig)).toMatchObject([
			{ outcome: 'answered', server: { ...server, review: 'approved' }, pin: rig.entry.tools[0]!.digest },
			{ outcome: 'refused', server: { ...server, review: 'suspended' } },
		]);
	});

	it('A2: how the server was known, also of what was refused, of one started for this very call, and where nobody looked', async () => {
		const at = '2026-10-01T12:00:00.000Z';
		let result: 'ok' | 'failed' | undefined;
		const auth = () => result && ({ method: 'file-digest', result, at } as const);
		const rig = await open({ server: { auth } });
		rig.upstream.does(after(() => (result = 'ok')));
		await rig.call('read_text_file', { path: 'readme.md' });
		result = 'failed';
		rig.stopped = true;
		await rig.call('read_text_file', { path: 'readme.md' });
		result = undefined;
		await rig.call('read_text_file', { path: 'readme.md' });
		expect(callsOf(rig).map(entry => entry.auth)).toMatchObject([
			{ method: 'file-digest', result: 'ok', at },
			{ method: 'file-digest', result: 'failed' },
			{ method: 'none', result: 'not-checked' },
		]);
	});

	it('A4: the keyed and the plain hash are of the arguments as sent, not as they came', async () => {
		const rig = await open();
		await rig.call('read_text_file', { path: 'readme.md', history: 'everything' });
		await rig.request('tools/call', { name: 'read_text_file' });
		const [narrowed, none] = callsOf(rig);
		const sent = JSON.parse(rig.upstream.texts[0]!) as { params: { arguments: JsonObject } };
		expect(sent.params.arguments).toEqual({ path: 'readme.md' });
		expect(narrowed).toMatchObject({
			paramsHash: hashOf({ path: 'readme.md' }),
			argumentsMac: `hmac-sha256:${mac('{"path":"readme.md"}')}`,
		});
		expect(none).toMatchObject({ paramsHash: hashOf({}), argumentsMac: `hmac-sha256:${mac('{}')}` });
	});

	it('A4: no plain hash where it is not wanted; neither for what RFC 8785 cannot say', async () => {
		const rig = await open({ ports: { paramsHash: () => false } });
		await rig.call('read_text_file', { path: 'readme.md' });
		expect(callsOf(rig)[0]).not.toHaveProperty('paramsHash');
		expect(callsOf(rig)[0]).toHaveProperty('argumentsMac');
		const other = await open();
		await other.send(
			'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read_text_file","arguments":{"path":"\\ud800"}}}',
		);
		expect(callsOf(other)).toHaveLength(1);
		expect(callsOf(other)[0]).not.toHaveProperty('paramsHash');
		expect(callsOf(other)[0]).not.toHaveProperty('argumentsMac');
	});

	it('A5: the names of the secrets, since when, until when and for what; never a value', async () => {
		const rig = await open({
			entry: reviewed({
				credentials: [
					{ kind: 'env', name: 'NOTES_TOKEN', storedAt: '2026-01-01T00:00:00.000Z' },
					{ kind: 'oauth', name: 'https://issuer.example', storedAt: '2026-01-02T00:00:00.000Z' },
				],
			}),
			server: {
				token: () => ({
					...{ issuedAt: '2026-02-01T00:00:00.000Z', expiresAt: '2026-02-01T01:00:00.000Z' },
					scope: `files:read ${TOKEN}`,
				}),
			},
		});
		await rig.call('read_text_file', { path: 'readme.md' });
		const [entry] = callsOf(rig);
		expect(entry!.credentials).toEqual(['env:NOTES_TOKEN', 'oauth:https://issuer.example']);
		expect(callEvidence(entry!).credentials).toMatchObject(
			[
				'env:NOTES_TOKEN (since 2026-01-01T00:00:00.000Z)',
				/^oauth:https:\/\/issuer\.example \(since 2026-02-01T00:00:00\.000Z, until 2026-02-01T01:00:00\.000Z, for files:read \[/,
			].map(text => (typeof text === 'string' ? text : (expect.stringMatching(text) as unknown))),
		);
		expect(rig.trail.text).not.toContain(TOKEN);
	});

	it('A7: a call that writes says what became of the file it names: made, changed, left alone, deleted', async () => {
		const rig = await open();
		const file = join(rig.workspace, 'note.md');
		const during = async (act: () => Promise<unknown>) => {
			rig.upstream.does(after(act));
			await rig.call('write_file', { path: file });
		};
		await during(() => writeFile(file, 'one'));
		await during(() => writeFile(file, 'two'));
		await during(() => Promise.resolve());
		await during(() => rm(file));
		const [one, two] = [sha256Hex('one'), sha256Hex('two')];
		expect(callsOf(rig).map(({ touched }) => touched)).toEqual(
			[
				['absent', one],
				[one, two],
				[two, two],
				[two, 'absent'],
			].map(([before, after]) => [{ path: file, before, after }]),
		);
		expect(callEvidence(callsOf(rig)[0]!).outcome.touched).toEqual([`${file}: absent to ${one}`]);
		expect(rig.trail.verdicts.every(({ touched }) => touched === undefined)).toBe(true);
	});

	test('A7: a link that is put in the place of the file is not followed; reads and refused calls look at nothing', async () => {
		const looked: string[] = [];
		const rig = await open({
			policy: 'deny:\n  - {id: no-etc, capability: "*", path_prefix: /etc}\nallow: ["*"]\n',
			ports: {
				fileState: (path, signal) => {
					looked.push(path);
					return fileState(path, signal);
				},
			},
		});
		const secret = join(rig.folder, 'home', 'secret');
		await writeFile(secret, 'x');
		rig.upstream.does(after(() => symlink(secret, join(rig.workspace, 'note.md'))));
		await rig.call('write_file', { path: join(rig.workspace, 'note.md') });
		expect(callsOf(rig)[0]!.touched).toMatchObject([{ before: 'absent', after: 'unread' }]);
		looked.length = 0;
		await rig.call('read_text_file', { path: 'readme.md' });
		await rig.call('write_file', { path: '/etc/hosts' });
		expect(looked).toEqual([]);
	});

	it('A7: at most eight files, and a disk that does not answer delays a call by 250 ms at each look', async () => {
		const looked: string[] = [];
		const rig = await open({
			entry: entryOf([pinOf({ name: 'write_file', inputSchema: PATHS }, 'filesystem.write')]),
			ports: {
				fileState: path => {
					looked.push(path);
					return new Promise(() => {});
				},
			},
		});
		const paths = Array.from({ length: 12 }, (_, n) => join(rig.workspace, `${String(n)}.md`));
		const call = rig.call('write_file', { paths });
		await expect.poll(() => looked.length).toBe(8);
		expect(rig.upstream.sent).toEqual([]);
		rig.clock.advance(250);
		await expect.poll(() => looked.length).toBe(16);
		expect(rig.upstream.sent).toHaveLength(1);
		rig.clock.advance(250);
		await call;
		expect(callsOf(rig)[0]!.touched).toEqual(
			paths.slice(0, 8).map(path => ({ path, before: 'unread', after: 'unread' })),
		);
	});

	it('the trace that the client names, and the time that the journal took before the call left', async () => {
		const rig = await open();
		const append = rig.trail.append.bind(rig.trail);
		rig.trail.append = (record, durability) => {
			rig.clock.advance(record.kind === 'verdict' ? 7 : 0);
			return append(record, durability);
		};
		await rig.request('tools/call', {
			name: 'read_text_file',
			arguments: { path: 'readme.md' },
			_meta: { traceparent: TRACE },
		});
		await rig.request('resources/read', { uri: 'demo://a', _meta: { traceparent: `${TRACE}\u001b[2J` } });
		const [call, other] = rig.trail.endings;
		expect(call).toMatchObject({ traceparent: TRACE, latency: { write: 7 } });
		expect(other).not.toHaveProperty('traceparent');
		expect(callEvidence(call!).call).toMatchObject({
			traceparent: TRACE,
			traceId: rig.session.id.replaceAll('-', ''),
		});
	});

	it('AUD-12: no new member brings a secret or a control character onto a line, and every line is read back', async () => {
		const rig = await open({
			entry: reviewed({ signedBy: `x\r\n${TOKEN}`, statusReason: 'x' }),
			server: { token: () => ({ scope: '\u001b[31m' }) },
		});
		await rig.call('write_file', { path: join(rig.workspace, TOKEN, 'a.md') });
		await rig.serverNotification('notifications/tools/list_changed');
		expect(callsOf(rig)[0]!.touched).toHaveLength(1);
		expect(rig.trail.text).not.toContain(TOKEN);
		for (const entry of rig.trail.entries) {
			const line = entryLine(entry);
			// eslint-disable-next-line no-control-regex
			expect(line).not.toMatch(/[\u0000-\u001f]/);
			expect(readEntry(line)).toMatchObject({ ok: true });
		}
	});
});

const DRIFTED = { ...WRITE, description: 'Writes, and tells somebody.' };
const ASKS = 'require_approval:\n  - capability: filesystem.write\nallow: ["filesystem.read"]\n';

/** What an event tells, in one line. */
function story({ event, actor, callId, approval, before, after, credentials, method }: AuditEntry): string {
	return [
		event,
		`by ${String(actor)}`,
		...(callId === undefined ? [] : ['of a call']),
		...(approval === undefined ? [] : [approval.outcome]),
		...(before === undefined ? [] : ['before']),
		...(after === undefined ? [] : ['after']),
		...(credentials === undefined ? [] : credentials),
		...(method === undefined ? [] : [method]),
	].join(' ');
}

describe('AUD-11, A8: what happens beside the calls', () => {
	it('a whole history stands in the trail in its order, each with who did it and what it changed', async () => {
		const rig = await open({
			policy: ASKS,
			entry: reviewed({ credentials: [{ kind: 'env', name: 'KEY', storedAt: '2026-01-01T00:00:00.000Z' }] }),
		});
		const ports: Pick<FirewallPorts, 'trail' | 'ids' | 'clock' | 'logger'> = {
			...{ trail: rig.trail, clock: rig.clock },
			ids: { uuid: () => crypto.randomUUID(), token: () => '' },
			logger: { trace() {}, info() {}, warn() {}, error() {} },
		};
		const entry = rig.entry!;
		notePolicy(ports, rig.load);
		noteUpstream(ports, entry, undefined);
		noteCredentials(ports, entry, namedCredentials(entry));
		rig.approver.will('allowed-session');
		await rig.call('write_file', { path: 'a.md' });
		await rig.call('write_file', { path: 'a.md' });
		rig.approver.will('denied');
		await rig.call('write_file', { path: '/elsewhere/b.md' });
		await rig.serverNotification('notifications/tools/list_changed');
		await rig.serverNotification('notifications/tools/list_changed');
		await rig.list(READ, DRIFTED);
		await rig.firewall.grants.revokeAll();
		const previous = rig.load.digest;
		rig.usePolicy(ALLOW_ALL);
		notePolicy(ports, rig.load, { text: 'base /policies/policy.yaml changed', previous });
		await revokeServer(
			{
				...{ ports, reviewer: 'dev' },
				ui: { pickEntry: () => Promise.resolve(undefined), info: () => undefined, error: () => undefined },
				registry: {
					all: () => [rig.entry!],
					find: () => rig.entry,
					setStatus: (_id, status) => {
						rig.entry = { ...entry, status };
						return Promise.resolve({ kind: 'done' });
					},
				},
			},
			entry.id,
		);
		noteUpstream(ports, entry, { stopped: true, code: 0 });
		const events = rig.trail.entries.filter(({ event }) => event !== undefined);
		expect(events.map(story)).toEqual([
			'policy-loaded by firewall after',
			'upstream-started by firewall',
			'credential-used by firewall env:KEY',
			'approval-shown by firewall of a call',
			'approval-answered by person of a call allowed-session',
			'grant-made by person of a call after',
			'grant-used by firewall of a call grant',
			'approval-shown by firewall of a call',
			'approval-answered by person of a call denied',
			'list-changed by server notifications/tools/list_changed',
			'server-drifted by server before after env:KEY tools/list',
			'grant-revoked by person before',
			'policy-loaded by firewall before after',
			'server-revoked by person before after',
			'upstream-ended by firewall',
		]);
		const of = (event: string) => events.filter(each => each.event === event);
		const calls = callsOf(rig).map(({ id }) => id);
		expect(of('approval-shown').map(({ callId }) => callId)).toEqual([calls[0], calls[2]]);
		expect(of('grant-used')).toMatchObject([
			{ callId: calls[1], approval: { grantId: callsOf(rig)[0]!.approval!.grantId } },
		]);
		expect(of('grant-revoked')[0]!.before).toBe(of('grant-made')[0]!.after);
		expect(of('policy-loaded')[1]).toMatchObject({ before: previous, after: rig.load.digest });
		expect(of('server-revoked')[0]).toMatchObject({
			before: registryDigest(entry),
			after: registryDigest(rig.entry!),
			detail: 'by dev',
		});
		expect(of('server-drifted')[0]).toMatchObject({
			before: entry.tools[1]!.digest,
			after: pinOf(DRIFTED, '').digest,
		});
		// Invariant 2: what is told beside the calls takes nothing from them.
		expect(callsOf(rig)).toHaveLength(3);
	});

	it('a server that repeats list_changed leaves one entry in a second, and the next one counts the rest', async () => {
		const rig = await open();
		for (let n = 0; n < 50; n++) {
			await rig.serverNotification('notifications/prompts/list_changed');
		}
		rig.clock.advance(1_000);
		await rig.serverNotification('notifications/prompts/list_changed');
		const events = rig.trail.entries.filter(({ event }) => event === 'list-changed');
		expect(events.map(({ detail }) => detail)).toEqual([undefined, '49 more since the entry before']);
	});

	it('a trail that cannot take the events of an approval lets nothing go', async () => {
		const rig = await open({ policy: ASKS });
		rig.approver.will('allowed-once');
		rig.trail.fails = ({ kind }) => kind === 'lifecycle' || kind === 'verdict';
		await rig.call('write_file', { path: 'a.md' });
		expect(rig.upstream.sent).toEqual([]);
		expect(rig.log.join('\n')).toContain('approval-shown could not be recorded');
	});
});
