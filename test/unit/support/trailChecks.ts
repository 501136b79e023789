import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type AuditEntry } from '../../../src/domain/audit/auditRecord';
import { type ChainLink, verifyEntry } from '../../../src/domain/audit/chain';
import { checkpointText } from '../../../src/domain/audit/checkpoint';
import { readSegmentName } from '../../../src/domain/audit/segmentName';
import { isTrailSignature } from '../../../src/storage/trailKey';
import { entriesOf } from './auditRecords';

/**
 * The entries of each stream of a directory, segment by segment. Throws where a chain, a number, a seal or a signature is
 * not as checkpoint.ts says: written apart from the verifier, so that neither hides a fault of the other.
 */
export async function checkedStreams(dir: string): Promise<ReadonlyMap<string, readonly (readonly AuditEntry[])[]>> {
	const streams = new Map<string, AuditEntry[][]>();
	const names = (await readdir(dir)).map(name => ({ name, parts: readSegmentName(name)! }));
	names.sort((one, other) => one.parts.number - other.parts.number);
	for (const { name, parts } of names) {
		const entries = await entriesOf(join(dir, name));
		const before = streams.get(parts.stream) ?? [];
		streams.set(parts.stream, [...before, entries]);
		check(before.at(-1)?.at(-1), entries, parts);
	}
	return streams;
}

function check(
	last: AuditEntry | undefined,
	entries: readonly AuditEntry[],
	{ stream, number, day }: { readonly stream: string; readonly number: number; readonly day: string },
): void {
	const [first] = entries;
	const opening = first?.segment;
	must(opening?.stream === stream && opening.number === number, `segment ${number} says what it is`);
	must(first?.event === (number === 1 ? 'trail-opened' : 'segment-opened'), `segment ${number} is opened`);
	must(first.at.startsWith(day), `segment ${number} is of its day`);
	must(number === 1 || last?.checkpoint?.seals === 'segment', `segment ${number - 1} is sealed`);
	let prev: ChainLink | undefined = last;
	entries.forEach((entry, at) => {
		const judged = verifyEntry(entry, prev);
		must(judged.ok, `entry ${entry.seq} belongs there: ${JSON.stringify(judged)}`);
		prev = entry;
		const { checkpoint } = entry;
		must(
			(entry.kind === 'checkpoint') === (checkpoint !== undefined),
			`entry ${entry.seq} is a checkpoint or none`,
		);
		if (checkpoint !== undefined) {
			must(checkpoint.stream === stream && checkpoint.segment === number, 'a checkpoint says where it stands');
			must(
				isTrailSignature(opening.publicKey, checkpointText(entry, checkpoint), checkpoint.signature),
				`the signature of ${entry.seq} holds`,
			);
			must(checkpoint.seals === undefined || at === entries.length - 1, 'nothing follows a seal');
		}
	});
}

function must(holds: boolean, what: string): asserts holds {
	if (!holds) {
		throw new Error(`not so: ${what}`);
	}
}
