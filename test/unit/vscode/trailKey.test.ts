import { describe, expect, it } from 'vitest';
import type * as vscode from 'vscode';
import { silentLogger } from '../../../src/base/logger';
import { type AnchoredHead } from '../../../src/domain/audit/checkpoint';
import { isTrailSignature } from '../../../src/storage/trailKey';
import { editorTrailKey, trustedTrailKeys } from '../../../src/vscode/editorTrailKey';
import { GitNoteAnchor } from '../../../src/vscode/gitNoteAnchor';
import { MEMENTO_EVERY_MS, MEMENTO_STREAMS, MementoAnchor } from '../../../src/vscode/mementoAnchor';
import { randomIds } from '../support/auditRecords';
import { ManualClock } from '../support/manualClock';

/** The editor's state, in memory. */
class Memory {
	readonly values = new Map<string, unknown>();
	readonly get = ((key: string, fallback?: unknown) => this.values.get(key) ?? fallback) as vscode.Memento['get'];
	updates = 0;

	keys(): readonly string[] {
		return [...this.values.keys()];
	}

	update(key: string, value: unknown): Promise<void> {
		this.updates++;
		if (value === undefined) {
			this.values.delete(key);
		} else {
			this.values.set(key, value);
		}
		return Promise.resolve();
	}
}

class Secrets {
	readonly values = new Map<string, string>();

	get(key: string): Promise<string | undefined> {
		return Promise.resolve(this.values.get(key));
	}

	store(key: string, value: string): Promise<void> {
		this.values.set(key, value);
		return Promise.resolve();
	}
}

function options(secrets: Pick<Secrets, 'get' | 'store'> = new Secrets(), memento = new Memory()) {
	const clock = new ManualClock();
	return { secrets, memento, clock, logger: silentLogger, alone: (make: () => Promise<void>) => make() };
}

describe('the key of the trail where secret storage cannot be relied on', () => {
	it('storage that fails: a key of this window alone, which is said, and still known later', async () => {
		const all = options({
			get: () => Promise.reject(new Error('no keyring')),
			store: () => Promise.reject(new Error('no keyring')),
		});
		const { signer, changed } = await editorTrailKey(all);
		expect(changed).toContain('no keyring');
		expect(isTrailSignature(signer.publicKey, 'text', signer.sign('text'))).toBe(true);
		expect(trustedTrailKeys(all.memento)).toEqual([signer.publicKey]);
	});

	it('storage that never answers keeps nobody waiting for more than five seconds', async () => {
		const all = options({ get: () => new Promise(() => undefined), store: () => Promise.resolve() });
		const asked = editorTrailKey(all);
		await Promise.resolve();
		all.clock.advance(5_000);
		expect((await asked).changed).toContain('does not answer');
	});

	it('a stored text that is no key is left alone', async () => {
		const secrets = new Secrets();
		secrets.values.set('mcpFirewall.trailKey', 'nonsense');
		expect((await editorTrailKey(options(secrets))).changed).toBeDefined();
		expect([...secrets.values.values()]).toEqual(['nonsense']);
	});

	it('keys in the editor’s state that are none are not trusted', async () => {
		const memento = new Memory();
		await memento.update('trailKeys', ['x', 3, 'A'.repeat(43)]);
		expect(trustedTrailKeys(memento)).toEqual(['A'.repeat(43)]);
		await memento.update('trailKeys', 'x');
		expect(trustedTrailKeys(memento)).toEqual([]);
	});
});

describe('the key of the trail', () => {
	it('is made once, kept, and no change; its private half is in secret storage alone', async () => {
		const all = options();
		const first = await editorTrailKey(all);
		const second = await editorTrailKey(all);
		expect(first.changed).toBeUndefined();
		expect(second).toMatchObject({ signer: { publicKey: first.signer.publicKey } });
		expect(second.changed).toBeUndefined();
		expect(JSON.stringify([...all.memento.values])).not.toContain([...(all.secrets as Secrets).values.values()][0]);
	});

	it('windows that make one at the same time end with the same', async () => {
		const all = options();
		const keys = await Promise.all([1, 2, 3].map(() => editorTrailKey(all)));
		expect(new Set(keys.map(({ signer }) => signer.key)).size).toBe(1);
	});

	it('a lost one is replaced; that is said, and the one before is still trusted', async () => {
		const all = options();
		const { signer } = await editorTrailKey(all);
		const later = await editorTrailKey({ ...all, secrets: new Secrets() });
		expect(later.changed).toContain(signer.publicKey);
		expect(trustedTrailKeys(all.memento)).toEqual([signer.publicKey, later.signer.publicKey]);
	});
});

function aHead(over: Partial<AnchoredHead> = {}): AnchoredHead {
	return {
		...{ stream: randomIds.uuid(), segment: 1, seq: 7, hash: 'a'.repeat(64), key: 'b'.repeat(16) },
		at: '2026-10-01T12:00:00.000Z',
		...over,
	};
}

describe('heads in the editor’s state', () => {
	it('come there after five seconds, the newest alone, or at a flush', async () => {
		const [memory, clock] = [new Memory(), new ManualClock()];
		const anchor = new MementoAnchor(memory, clock, silentLogger);
		const head = aHead();
		for (let seq = 0; seq < 100; seq++) {
			anchor.keep({ ...head, seq });
		}
		clock.advance(MEMENTO_EVERY_MS - 1);
		expect(memory.updates).toBe(0);
		clock.advance(1);
		await anchor.flush();
		expect(memory.updates).toBe(1);
		expect(await anchor.heads()).toEqual([{ ...head, seq: 99 }]);
		anchor.keep({ ...head, seq: 100, closed: true });
		await anchor.flush();
		expect(await anchor.heads()).toEqual([{ ...head, seq: 100, closed: true }]);
		expect(clock.waiting).toBe(0);
	});

	it('are of the newest 200 streams; what is no head is left out, and what is of others stays', async () => {
		const [memory, clock] = [new Memory(), new ManualClock()];
		const anchor = new MementoAnchor(memory, clock, silentLogger);
		await memory.update('trailHead.x', 'rubbish');
		await memory.update('preset', 'strict');
		for (let n = 0; n < MEMENTO_STREAMS + 5; n++) {
			anchor.keep(aHead({ at: new Date(n * 1000).toISOString() }));
		}
		await anchor.flush();
		const heads = await anchor.heads();
		expect(heads).toHaveLength(MEMENTO_STREAMS);
		expect(heads.at(-1)?.at).toBe(new Date(5000).toISOString());
		expect(memory.get('preset')).toBe('strict');
	});

	it('a state that cannot be written is logged, and throws nothing', async () => {
		const warnings: string[] = [];
		const memory = new Memory();
		memory.update = () => Promise.reject(new Error('shutting down'));
		const logger = { ...silentLogger, warn: (text: string) => void warnings.push(text) };
		const anchor = new MementoAnchor(memory, new ManualClock(), logger);
		anchor.keep(aHead());
		await anchor.flush();
		expect(warnings).toEqual([expect.stringContaining('shutting down')]);
	});
});

describe('heads in git notes', () => {
	it('are of sealed segments and of the closed stream; one that cannot be written is logged', async () => {
		const written: AnchoredHead[] = [];
		const warnings: string[] = [];
		const logger = { ...silentLogger, warn: (text: string) => void warnings.push(text) };
		let broken = false;
		const anchor = new GitNoteAnchor(heads => {
			written.push(...heads);
			return broken ? Promise.reject(new Error('no git')) : Promise.resolve();
		}, logger);
		const head = aHead();
		anchor.keep({ ...head, seq: 1 });
		anchor.keep({ ...head, seq: 2 });
		anchor.keep({ ...head, seq: 4, segment: 2 });
		await anchor.flush();
		broken = true;
		anchor.keep({ ...head, seq: 9, segment: 2, closed: true });
		await anchor.flush();
		expect(written.map(({ seq }) => seq)).toEqual([2, 9]);
		expect(warnings).toEqual([expect.stringContaining('no git')]);
		expect(await anchor.heads()).toEqual([]);
	});
});
