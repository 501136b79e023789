import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../../src/base/logger';
import { type AnchoredHead } from '../../../src/domain/audit/checkpoint';
import { furtherHead, readHead } from '../../../src/domain/audit/readHead';
import { type JsonValue } from '../../../src/base/json';
import { BothAnchors, FileAnchor } from '../../../src/storage/headAnchor';
import { randomIds, tempDir } from '../support/auditRecords';
import { runs } from '../support/runs';
import { MemoryAnchor } from '../support/trailKey';
import { expectMode } from '../support/machine';

function aHead(over: Partial<AnchoredHead> = {}): AnchoredHead {
	return {
		...{ stream: randomIds.uuid(), segment: 1, seq: 7, hash: 'a'.repeat(64), key: 'b'.repeat(16) },
		at: '2026-10-01T12:00:00.000Z',
		...over,
	};
}

describe('an anchor that cannot be trusted', () => {
	it('leaves out rubbish, and heads under the name of another stream', async () => {
		const dir = await tempDir();
		const anchor = new FileAnchor(dir, silentLogger);
		const good = aHead();
		anchor.keep(good);
		await anchor.flush();
		await writeFile(join(dir, `${randomIds.uuid()}.json`), JSON.stringify(aHead()));
		for (const [n, text] of ['', '[]', '{"stream":1}', 'null', '\0', `{"x":"${'y'.repeat(9000)}"}`].entries()) {
			await writeFile(join(dir, `${n}.json`), text);
		}
		await mkdir(join(dir, 'folder.json'));
		await writeFile(join(dir, 'other.txt'), JSON.stringify(good));
		expect(await anchor.heads()).toEqual([good]);
	});

	it('no value makes reading a head throw, and only a whole head is one', () => {
		fc.assert(
			fc.property(fc.jsonValue(), value => {
				expect(readHead(value as JsonValue)).toBeUndefined();
			}),
			runs(200),
		);
		const head = aHead({ closed: true });
		expect(readHead({ ...head, more: 1 })).toEqual(head);
		for (const wrong of [{ seq: -1 }, { segment: 0 }, { hash: 'A'.repeat(64) }, { at: 'now' }, { closed: false }]) {
			expect(readHead({ ...head, ...wrong })).toBeUndefined();
		}
	});

	it('a directory that cannot be made is logged, throws nothing, and holds nothing', async () => {
		const dir = await tempDir();
		await writeFile(join(dir, 'file'), '');
		const warnings: string[] = [];
		const logger = { ...silentLogger, warn: (text: string) => void warnings.push(text) };
		const anchor = new FileAnchor(join(dir, 'file', 'anchors'), logger);
		anchor.keep(aHead());
		await anchor.flush();
		expect(warnings).toHaveLength(1);
		expect(await anchor.heads()).toEqual([]);
	});
});

describe('heads in files', () => {
	it('one private file for each stream, the newest head in it, whatever came in between', async () => {
		const dir = join(await tempDir(), 'anchors');
		const anchor = new FileAnchor(dir, silentLogger);
		const [one, other] = [aHead(), aHead()];
		for (let seq = 0; seq < 500; seq++) {
			anchor.keep({ ...one, seq });
			anchor.keep({ ...other, seq: seq * 2 });
		}
		anchor.keep({ ...one, seq: 499, closed: true });
		anchor.keep({ ...one, seq: 3 });
		await anchor.flush();
		expect((await readdir(dir)).sort()).toEqual([`${one.stream}.json`, `${other.stream}.json`].sort());
		const heads = await new FileAnchor(dir, silentLogger).heads();
		expect(heads).toHaveLength(2);
		expect(heads).toContainEqual({ ...one, seq: 499, closed: true });
		expect(heads).toContainEqual({ ...other, seq: 998 });
		expect((await readFile(join(dir, `${one.stream}.json`), 'utf8')).endsWith('}\n')).toBe(true);
		expectMode(join(dir, `${one.stream}.json`), 0o600);
		expectMode(dir, 0o700);
	});

	it('writes again after it was idle', async () => {
		const dir = await tempDir();
		const anchor = new FileAnchor(dir, silentLogger);
		const head = aHead();
		for (const seq of [1, 2, 3]) {
			anchor.keep({ ...head, seq });
			await anchor.flush();
			expect(await anchor.heads()).toEqual([{ ...head, seq }]);
		}
	});

	it('of two anchors the further head counts, whichever has it', async () => {
		const [one, other] = [new MemoryAnchor(), new MemoryAnchor()];
		const [first, second, third] = [aHead(), aHead(), aHead()];
		new BothAnchors(one, other).keep(first);
		one.keep({ ...second, seq: 9 });
		other.keep(second);
		one.keep(third);
		other.keep({ ...third, closed: true });
		const heads = await new BothAnchors(one, other).heads();
		expect(heads).toEqual([first, { ...second, seq: 9 }, { ...third, closed: true }]);
		expect(furtherHead(undefined, first)).toBe(first);
	});
});
