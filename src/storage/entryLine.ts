import { type AuditRow } from '../domain/audit/auditFilter';
import { type AuditEntry } from '../domain/audit/auditRecord';
import { findingCounts } from '../domain/audit/findingCounts';
import { readEntry } from '../domain/audit/readEntry';
import { isGone } from './eachEntry';
import { markOf } from './indexRow';
import { readBytes, type ShelfPlace } from './indexShelf';

/** Lines that stand closer together than this are read at once. */
const GAP_BYTES = 64 * 1024;
const MOST_AT_ONCE = 4 * 1024 * 1024;

/**
 * The entries that stand at these places, read from the journals: the index only says where. One is missing where the line there is
 * not an entry with the id that the index knows: the index is wrong, or the file has changed, or is gone.
 */
export async function readPlaces(places: readonly ShelfPlace[]): Promise<ReadonlyMap<number, AuditEntry>> {
	const found = new Map<number, AuditEntry>();
	const sorted = [...places].sort((a, b) => (a.path === b.path ? a.start - b.start : a.path < b.path ? -1 : 1));
	for (let from = 0; from < sorted.length;) {
		const first = sorted[from] as ShelfPlace;
		let to = from;
		let end = first.start + first.length;
		for (let next = sorted[++to]; next?.path === first.path; next = sorted[++to]) {
			if (next.start - end > GAP_BYTES || next.start + next.length - first.start > MOST_AT_ONCE) {
				break;
			}
			end = next.start + next.length;
		}
		const bytes = await bytesOf(first.path, first.start, end - first.start);
		for (const { id, start, length, mark } of sorted.slice(from, to)) {
			const reading = readEntry(bytes.toString('utf8', start - first.start, start - first.start + length));
			if (reading.ok && markOf(reading.entry.id) === mark) {
				found.set(id, reading.entry);
			}
		}
		from = to;
	}
	return found;
}

async function bytesOf(path: string, start: number, length: number): Promise<Buffer> {
	try {
		return await readBytes(path, start, length);
	} catch (error) {
		if (isGone(error)) {
			return Buffer.alloc(0);
		}
		throw error;
	}
}

/** What lists show of an entry. */
export function auditRow(entry: AuditEntry): AuditRow {
	const { id, at, kind, outcome, event, method, tool, capability, verdict, labels, server, approval, released } =
		entry;
	const { session, client } = entry;
	const detail = entry.detail ?? (kind === 'verdict' ? 'no outcome recorded' : undefined);
	const findings = findingCounts(entry);
	return {
		id,
		at,
		kind,
		outcome,
		...(event !== undefined && { event }),
		...(method !== undefined && { method }),
		...(tool !== undefined && { tool }),
		...(capability !== undefined && { capability }),
		...(verdict !== undefined && { verdict }),
		...(labels !== undefined && { labels }),
		...(detail !== undefined && { detail }),
		...(released !== undefined && { released }),
		...(session !== undefined && { session }),
		...(client !== undefined && { agent: client.name }),
		serverName: server?.name,
		approval: approval?.outcome,
		...(findings !== undefined && { findings }),
	};
}
