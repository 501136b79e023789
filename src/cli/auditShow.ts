import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type JsonValue } from '../base/json';
import { type AuditEntry } from '../domain/audit/auditRecord';
import { callEvidence, type CallEvidence } from '../domain/audit/callEvidence';
import { SEGMENT_ENDING, TOMBSTONE_ENDING } from '../domain/audit/segmentName';
import { journalFiles, readEntries } from '../storage/trailReader';
import { type CliOutput } from './output';
import { printable } from './printable';
import { trailTrouble, TROUBLE_EXIT } from './trailCalls';

/** Exit code where the trail has no such call. */
const EXIT_UNKNOWN = 1;

const GROUPS: readonly (readonly [key: keyof CallEvidence, title: string])[] = [
	['call', 'Call'],
	['identity', 'Identity'],
	['version', 'Reviewed version'],
	['scope', 'Scope check'],
	['outbound', 'Sent'],
	['response', 'Response'],
	['validation', 'Validation'],
	['credentials', 'Credentials, by name'],
	['outcome', 'Outcome'],
];

/**
 * `audit show CALL-ID`: all that the trail tells of one call, after the whole trail was verified. Resolves with 0; 1 where no
 * entry has this id; 2 where there is no trail; 3 where the trail is not what was written, and then nothing is shown.
 */
export async function auditShow(id: string, dir: string, json: boolean, out: CliOutput): Promise<number> {
	const trouble = await trailTrouble('audit show', dir, out);
	if (trouble !== undefined) {
		return TROUBLE_EXIT[trouble];
	}
	const found = await find(dir, id);
	if (found === undefined) {
		out.stderr(printable(`audit show: no entry of this trail has the id ${id}`));
		const removed = await removedSegments(dir);
		if (removed > 0) {
			out.stderr(
				`audit show: ${String(removed)} old ${removed === 1 ? 'segment was' : 'segments were'} removed by retention; it may have stood there`,
			);
		}
		return EXIT_UNKNOWN;
	}
	const evidence = callEvidence(found.entry, found.verdict);
	if (json) {
		const { seq, hash } = found.entry;
		const chain = { verified: true, file: found.file, seq, hash };
		out.stdout(printable(JSON.stringify({ ...evidence, chain })));
		return 0;
	}
	for (const [key, title] of GROUPS) {
		const group = evidence[key];
		out.stdout(title);
		const rows = Array.isArray(group) ? group.map(name => ['', name] as const) : Object.entries(group);
		for (const [name, value] of rows.length === 0 ? ([['', 'none']] as const) : rows) {
			out.stdout(printable(`  ${name.padEnd(name === '' ? 0 : 18)}${textOf(value as JsonValue)}`));
		}
	}
	out.stdout('Chain');
	out.stdout(printable(`  verified, entry ${String(found.entry.seq)} of ${found.file}`));
	return 0;
}

interface Found {
	readonly file: string;
	readonly entry: AuditEntry;
	readonly verdict?: AuditEntry;
}

/** By the evidence id of the call; the id of its `verdict` entry leads to it too. */
async function find(dir: string, id: string): Promise<Found | undefined> {
	// A segment may end between the two.
	let verdict: AuditEntry | undefined;
	let last: Omit<Found, 'verdict'> | undefined;
	for (const file of await journalFiles(dir)) {
		for await (const batch of readEntries(file)) {
			for (const { entry: each } of batch) {
				if (each?.kind === 'verdict' && (each.callId === id || each.id === id)) {
					verdict = each;
				} else if (each !== undefined && each.id === (verdict?.callId ?? id)) {
					return { file, entry: each, ...(verdict && { verdict }) };
				}
				if (each !== undefined && each === verdict) {
					last = { file, entry: each };
				}
			}
		}
	}
	// A call whose editor was killed has its verdict alone.
	return last && verdict && { ...last, verdict };
}

/** How many signed records of removed segments there are. */
async function removedSegments(dir: string): Promise<number> {
	const folders = await Promise.all([dir, join(dir, 'trail')].map(folder => readdir(folder).catch(() => [])));
	return folders.flat().filter(name => name.endsWith(SEGMENT_ENDING + TOMBSTONE_ENDING)).length;
}

function textOf(value: JsonValue): string {
	if (Array.isArray(value)) {
		return value.length === 0 ? 'none' : value.map(item => textOf(item as JsonValue)).join('; ');
	}
	return typeof value === 'string' ? value : JSON.stringify(value);
}
