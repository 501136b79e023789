import { appendFile, mkdir, readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { silentLogger } from '../../../src/base/logger';
import { type AuditEntry } from '../../../src/domain/audit/auditRecord';
import { Journal } from '../../../src/storage/journal';
import { StreamWitness } from '../../../src/storage/streamWitness';
import { aRecord, entriesOf, randomIds, tempDir } from '../support/auditRecords';
import { ManualClock } from '../support/manualClock';
import { aSigner, MemoryAnchor } from '../support/trailKey';

let root: string;
let dir: string;
let clock: ManualClock;
let anchor: MemoryAnchor;
let warnings: string[];

beforeEach(async () => {
	root = await tempDir();
	dir = join(root, 'trail');
	[clock, anchor, warnings] = [new ManualClock(), new MemoryAnchor(), []];
});

async function aJournal(kept = anchor): Promise<Journal> {
	const journal = await Journal.open({
		...{ dir, clock, ids: randomIds, logger: silentLogger, signer: aSigner(), anchor: kept },
	});
	onTestFinished(() => journal.close());
	return journal;
}

function aWitness(): StreamWitness {
	const logger = { ...silentLogger, warn: (text: string) => void warnings.push(text) };
	return new StreamWitness({ dir, anchor, memory: join(root, 'witnessed.json'), clock, ids: randomIds, logger });
}

/** A stream that ended in a crash, with so many calls and perhaps a torn line. */
async function aCrash(calls: number, torn = ''): Promise<AuditEntry> {
	const journal = await aJournal();
	for (let n = 0; n < calls; n++) {
		await journal.append(aRecord(), 'written');
	}
	const file = journal.file!;
	const text = await readFile(file, 'utf8');
	await journal.close();
	anchor.kept.length = 0;
	await truncate(file, Buffer.byteLength(text));
	await appendFile(file, torn);
	return (await entriesOf(file)).at(-1)!;
}

async function witnessedBy(journal: Journal): Promise<readonly (readonly { readonly seq: number }[])[]> {
	await journal.append(aRecord(), 'synced');
	return (await entriesOf(journal.file!)).flatMap(({ witnessed }) => (witnessed === undefined ? [] : [witnessed]));
}

describe('what hinders a witness', () => {
	it.each([
		['an empty file', ''],
		['a line that never ends', '{"a":1'],
		['no JSON', 'nonsense\n'],
		['no entry', '{"v":2}\n'],
		['zeros', '\0'.repeat(100)],
	])('%s is passed over', async (_what, text) => {
		await aCrash(2);
		await writeFile(join(dir, `2026-10-01-${randomIds.uuid()}-000001.ndjson`), text);
		await mkdir(join(dir, `2026-10-01-${randomIds.uuid()}-000001.ndjson`));
		const journal = await aJournal();
		await aWitness().look(journal);
		expect(await witnessedBy(journal)).toMatchObject([[{ seq: 2 }]]);
		expect(warnings).toEqual([]);
	});

	it('a memory that is rubbish counts as none, and a journal that is closed is no trouble', async () => {
		await aCrash(2);
		await writeFile(join(root, 'witnessed.json'), '[{"__proto__"');
		const journal = await aJournal();
		await aWitness().look(journal);
		expect(await witnessedBy(journal)).toHaveLength(1);
		await aCrash(1);
		await journal.close();
		await aWitness().look(journal);
		expect(warnings).toEqual([]);
	});

	it('a directory that cannot be listed is logged, nothing else', async () => {
		const journal = await aJournal();
		dir = join(root, 'none');
		await aWitness().look(journal);
		expect(warnings).toEqual([expect.stringContaining('could not be witnessed')]);
	});
});

describe('a stream that has just opened', () => {
	it('AUD-02: records the last whole entry of a crashed stream, and of an open one, but of none that is anchored as closed', async () => {
		const { seq, hash } = await aCrash(3, '{"actor":"per');
		const closed = await aJournal();
		await closed.close();
		const open = await aJournal();
		await open.append(aRecord(), 'synced');
		const journal = await aJournal();
		await aWitness().look(journal);
		const [heads = [], ...others] = await witnessedBy(journal);
		expect(others).toEqual([]);
		expect(heads).toHaveLength(2);
		expect(heads).toContainEqual(expect.objectContaining({ segment: 1, seq, hash }));
		expect(heads).toContainEqual(expect.objectContaining({ stream: open.stream, seq: 1 }));
	});

	it('records one that says closed where no anchor knows of it', async () => {
		const closed = await aJournal(new MemoryAnchor());
		await closed.close();
		const journal = await aJournal();
		await aWitness().look(journal);
		expect(await witnessedBy(journal)).toMatchObject([[{ stream: closed.stream, seq: 1, closed: true }]]);
	});

	it('records again only what has grown since', async () => {
		await aCrash(3);
		const open = await aJournal();
		await open.append(aRecord(), 'synced');
		await aWitness().look(await aJournal());
		await open.append(aRecord(), 'synced');
		const journal = await aJournal();
		await aWitness().look(journal);
		const all = (await witnessedBy(journal)).flat();
		expect(all).toContainEqual(expect.objectContaining({ stream: open.stream, seq: 2 }));
		expect(all).not.toContainEqual(expect.objectContaining({ seq: 3 }));
	});

	it('records fifty in one entry at the most, and reads long last lines', async () => {
		for (let n = 0; n < 51; n++) {
			await aCrash(1);
		}
		const journal = await aJournal();
		await journal.append(aRecord({ detail: 'x'.repeat(200_000) }), 'synced');
		const later = await aJournal();
		await aWitness().look(later);
		const heads = await witnessedBy(later);
		expect(heads.map(({ length }) => length)).toEqual([50, 2]);
		expect(heads.flat()).toContainEqual(expect.objectContaining({ stream: journal.stream, seq: 1 }));
		expect(await readdir(dir)).toHaveLength(53);
	});
});
