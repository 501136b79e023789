import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Emitter } from '../../../src/base/event';
import { silentLogger } from '../../../src/base/logger';
import { GatewayLocks } from '../../../src/cli/gatewayLocks';
import { type GatewayOptions } from '../../../src/cli/gatewayOptions';
import { HomeLocks } from '../../../src/cli/homeLocks';
import { FollowedSpans } from '../../../src/cli/spanSender';
import { HeadlessDecision } from '../../../src/cli/decisionOptions';
import { NO_TRUST_SETTINGS } from '../../../src/domain/identity/trustSettings';
import { joinLocks, type OrganisationLocks } from '../../../src/domain/policy/organisationLocks';
import { type Launch } from '../../../src/domain/registry/launch';
import { type HomeRecord } from '../../../src/storage/discoveryRecord';
import { aKeyPair, aToken } from '../identity/adminKeys';
import { randomIds } from '../support/auditRecords';
import { ManualClock } from '../support/manualClock';
import { aServerEntry } from '../support/serverEntries';
import { gatewayOptions, locksOf } from './gatewayOptions';

const launch: Launch = { kind: 'stdio', command: 'npx', args: ['-y', 'notes'], env: [] };
const options = (over: Partial<GatewayOptions> = {}): GatewayOptions =>
	gatewayOptions({
		upstream: { kind: 'stdio', command: ['npx', '-y', 'notes'], env: [] },
		serverName: 'notes',
		retention: { days: 1, megabytes: 1 },
		...over,
	});

const open: { dispose(): void }[] = [];
afterEach(() => {
	for (const each of open.splice(0)) {
		each.dispose();
	}
});

/** The files of an organisation that say something else whenever a test does. */
class Files {
	private readonly changed = new Emitter<void>();
	private said = joinLocks([]);
	readonly onDidChangeLocks = this.changed.event;

	locks(): OrganisationLocks {
		return this.said;
	}

	say(...lines: readonly string[]): void {
		this.said = lines.length === 0 ? joinLocks([]) : locksOf(...lines);
		this.changed.fire();
	}
}

/** A gateway that runs under files that lock nothing yet. */
function running(asked: Partial<GatewayOptions> = {}) {
	const files = new Files();
	const warnings: string[] = [];
	const trust = { ...NO_TRUST_SETTINGS, acceptLevelZero: true };
	const locks = new GatewayLocks({ asked: options(asked), launch, trust }, files, why => warnings.push(why));
	open.push(locks);
	let changes = 0;
	locks.onDidChange(() => changes++);
	return { files, locks, warnings, changes: () => changes };
}

describe('a running gateway under what an organisation locks later', () => {
	it('ends when its server is denied, or is not among those that are allowed, and stays ended', () => {
		for (const line of ['deniedServers: [{serverName: notes}]', 'allowedServers: []']) {
			const { files, locks, warnings } = running();
			expect(locks.signal.aborted).toBe(false);
			files.say(line);
			expect(locks.signal.aborted).toBe(true);
			files.say();
			files.say(line);
			expect(locks.signal.aborted).toBe(true);
			expect(warnings).toEqual([
				expect.stringMatching(/^this server may not run\. It is .*\(\/etc\/org\.yaml:2\)/),
			]);
		}
	});

	it('does not end for another server, nor for a list that still has it', () => {
		const { files, locks, warnings } = running();
		files.say('deniedServers: [{serverName: other}]', 'allowedServers: [{serverName: notes}]');
		expect([locks.signal.aborted, warnings]).toEqual([false, []]);
	});

	it('an option that is locked to something else from now on counts for nothing, and that is told', () => {
		const { files, locks, warnings } = running({ otlpEndpoint: 'http://127.0.0.1:1/' });
		files.say('audit.otlpEndpoint: https://otel.example/v1/traces', 'preset: strict');
		expect(locks.options.otlpEndpoint).toBe('https://otel.example/v1/traces');
		expect(warnings).toEqual([
			expect.stringMatching(/^--policy: .*It counts for nothing now\.$/),
			expect.stringMatching(/^--otlp-endpoint: .*\(\/etc\/org\.yaml:2\).*It counts for nothing now\.$/),
		]);
		expect(locks.signal.aborted).toBe(false);
	});

	it('bounds and trust count at once, and no longer once they are taken back', () => {
		const { files, locks, changes } = running();
		files.say(
			...['audit.durability: synced', 'audit.retentionDays: 90', 'audit.retentionMegabytes: 0'],
			...['audit.paramsHash: false', 'identity.acceptLevelZero: false'],
		);
		expect(locks.options).toMatchObject({
			...{ durability: 'synced', retention: { days: 90, megabytes: 0 }, paramsHash: false },
		});
		expect(locks.trust.acceptLevelZero).toBe(false);
		files.say();
		expect(locks.options).toMatchObject({ durability: 'written', retention: { days: 1, megabytes: 1 } });
		expect(locks.trust.acceptLevelZero).toBe(true);
		expect(changes()).toBe(2);
	});

	it('hears nothing more once it is disposed of', () => {
		const { files, locks } = running();
		locks.dispose();
		files.say('allowedServers: []');
		expect(locks.signal.aborted).toBe(false);
	});
});

describe('what a gateway sends to and asks, under locks that come later', () => {
	it('INVARIANT: a decision service that cannot be used gives no decision, and none is asked only where none is named', async () => {
		const warnings: string[] = [];
		const log = { warn: (why: string) => warnings.push(why) };
		const decision = await HeadlessDecision.open({ kind: 'pip' }, {}, undefined);
		open.push(decision);
		expect(decision.point).toBeUndefined();
		decision.follow({ url: 'ftp://pdp.example/', kind: 'pip' }, log);
		const point = decision.point;
		expect(await point?.ask({}, new AbortController().signal)).toMatchObject({ kind: 'unavailable' });
		expect(warnings).toHaveLength(1);
		decision.follow({ url: 'ftp://pdp.example/', kind: 'pip' }, log);
		expect(decision.point).toBe(point);
		decision.follow({ url: 'https://pdp.example/', kind: 'opa' }, log);
		expect(decision.point).toBeDefined();
		expect(decision.point).not.toBe(point);
		decision.follow(undefined, log);
		expect(decision.point).toBeUndefined();
	});

	it('a key that is locked away while a token is in use covers nothing from then on, though the keys were read once', async () => {
		const admin = aKeyPair();
		const home = mkdtempSync(join(tmpdir(), 'keys-'));
		open.push({
			dispose: () => {
				rmSync(home, { recursive: true });
			},
		});
		const keysFile = join(home, 'keys.json');
		writeFileSync(keysFile, JSON.stringify({ keys: [admin.publicJwk] }));
		vi.stubEnv('HOME', home);
		vi.stubEnv('USERPROFILE', home);
		let locked = false;
		const token = await aToken(admin, Math.floor(Date.now() / 1000));
		const decision = await HeadlessDecision.open({ kind: 'pip', keysFile }, {}, token, keys =>
			locked ? [] : keys,
		);
		open.push(decision);
		const trail = { append: () => Promise.reject(new Error('nobody waits for it')) };
		await decision.start({ trail, ids: randomIds, clock: new ManualClock(), logger: silentLogger });
		expect(decision.covering('tools/call', '/notes/read')).toMatchObject({ jti: 'token-1' });
		locked = true;
		expect(decision.covering('tools/call', '/notes/read')).toBeUndefined();
	});

	it('spans that cannot be sent end nothing', async () => {
		const errors: string[] = [];
		const spans = new FollowedSpans(undefined, { ...silentLogger, error: why => void errors.push(why) });
		spans.follow('nonsense');
		expect(errors).toHaveLength(1);
		spans.follow('http://127.0.0.1:1/v1/traces');
		spans.follow(undefined);
		await spans.close();
		expect(errors).toHaveLength(1);
	});
});

describe('an editor’s settings without its window, under locks that come later', () => {
	const entry = aServerEntry({ name: 'notes' });
	const start = { command: 'npx', args: ['-y', 'notes'], cwd: '/', env: {} };
	const locksHere = () => {
		const files = new Files();
		const written = new Emitter<void>();
		const editor = { current: { serverLists: [] } as unknown as HomeRecord, onDidChange: written.event };
		const locks = new HomeLocks(editor, files, silentLogger);
		open.push(locks);
		/** What a window writes for those that guard without it. */
		const write = (settings: Partial<HomeRecord>) => {
			editor.current = { ...editor.current, ...settings };
			written.fire();
		};
		return { files, locks, write };
	};

	it('the session of a server that is on no list any more ends, and no other does', () => {
		const { files, locks } = locksHere();
		const signal = locks.whileListed(entry, start);
		const other = locks.whileListed(aServerEntry({ name: 'files' }), start);
		expect(signal.aborted).toBe(false);
		files.say('allowedServers: [{serverName: files}]');
		expect([signal.aborted, other.aborted]).toEqual([true, false]);
		expect(locks.notListed(entry, start)).toContain('not on your organisation’s list');
		expect(locks.whileListed(entry, start).aborted).toBe(true);
	});

	it('VS Code’s own lists end a session as those of the organisation’s files do, as soon as a window has written them', () => {
		for (const list of [{ denied: [{ serverName: 'notes' }] }, { allowed: [{ serverName: 'files' }] }]) {
			const { locks, write } = locksHere();
			const signal = locks.whileListed(entry, start);
			const other = locks.whileListed(aServerEntry({ name: 'files' }), start);
			write({ serverLists: [{ source: 'chat.mcp.deniedServers', denied: [{ serverName: 'else' }] }] });
			expect([signal.aborted, other.aborted]).toEqual([false, false]);
			write({ serverLists: [{ source: 'chat.mcp', ...list }] });
			expect([signal.aborted, other.aborted]).toEqual([true, false]);
			expect(locks.notListed(entry, start)).toMatch(/your organisation’s list of .* \(chat\.mcp\)/);
		}
	});

	it('a list of a window and a lock of a file are asked together, whichever comes first', () => {
		const { files, locks, write } = locksHere();
		const signal = locks.whileListed(entry, start);
		files.say('allowedServers: [{serverName: notes}]');
		write({ decision: { url: 'https://pdp.example/', kind: 'pip', hasHeader: false } });
		expect([signal.aborted, locks.point === undefined]).toEqual([false, false]);
		files.say('decisionService.url: ""', 'allowedServers: [{serverName: notes}]');
		expect([signal.aborted, locks.point]).toEqual([false, undefined]);
		write({ serverLists: [{ source: 'chat.mcp.access', access: 'none' }] });
		expect(signal.aborted).toBe(true);
	});

	it('durability, hashes and the decision service count at once', () => {
		const { files, locks } = locksHere();
		expect(locks.point).toBeUndefined();
		files.say('audit.durability: synced', 'audit.paramsHash: false', 'decisionService.url: https://pdp.example/');
		expect(locks.current).toMatchObject({ durability: 'synced', paramsHash: false });
		const { point } = locks;
		expect(point).toBeDefined();
		files.say('audit.durability: synced', 'decisionService.url: https://pdp.example/');
		expect(locks.point).toBe(point);
		files.say();
		expect([locks.point, locks.current.durability]).toEqual([undefined, 'written']);
	});
});
