import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type IdSource } from '../../../src/base/clock';
import { type AuditEntry, type AuditRecord } from '../../../src/domain/audit/auditRecord';
import { chainEntry, entryLine } from '../../../src/domain/audit/chain';

/** Ids for tests that do not care which. */
export const randomIds: IdSource = { uuid: () => randomUUID(), token: () => randomBytes(16).toString('hex') };

let count = 0;

/** A record of a refused call, or what `over` makes of it. */
export function aRecord(over: Partial<AuditRecord> = {}): AuditRecord {
	count++;
	return {
		id: `00000000-0000-7000-8000-${String(count).padStart(12, '0')}`,
		at: '2026-10-01T12:00:00.000Z',
		kind: 'call',
		outcome: 'refused',
		server: { id: 'f'.repeat(64), name: 'files' },
		method: 'tools/call',
		tool: 'read_file',
		capability: 'filesystem.read',
		verdict: { effect: 'deny', reason: 'policy_deny', rule: { id: 'no-etc', file: 'policy.yaml', line: 7 } },
		arguments: { path: '/etc/passwd', n: 1.5 },
		...over,
	};
}

/** Chains records into entries. */
export function chained(records: readonly AuditRecord[]): AuditEntry[] {
	const entries: AuditEntry[] = [];
	for (const record of records) {
		entries.push(chainEntry(record, entries.at(-1)));
	}
	return entries;
}

/** The text of a journal file. */
export function journalText(records: readonly AuditRecord[]): string {
	return chained(records).map(entryText).join('');
}

/** The line of a journal that an entry is. */
export function entryText(entry: AuditEntry): string {
	return `${entryLine(entry)}\n`;
}

/** A directory of its own for one test, removed afterwards. */
export async function tempDir(): Promise<string> {
	const dir = await mkdtemp(join(tmpdir(), 'mcp-firewall-test-'));
	onTestFinished(() => rm(dir, { recursive: true, force: true }));
	return dir;
}

/** The entries that stand in a file, one JSON value a line. */
export async function entriesOf(file: string): Promise<AuditEntry[]> {
	const text = await readFile(file, 'utf8');
	return text
		.split('\n')
		.slice(0, -1)
		.map(line => JSON.parse(line) as AuditEntry);
}
