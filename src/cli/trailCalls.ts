import { FirewallError } from '../base/errors';
import { type AuditEntry } from '../domain/audit/auditRecord';
import { type RecordedContext } from '../domain/audit/recordedFacts';
import { journalFiles, readEntries } from '../storage/trailReader';
import { verifyTrail } from '../storage/verifyTrail';
import { type CliOutput } from './output';
import { printable } from './printable';

/** One verdict of the trail, with the entry that holds what it rested on. */
export interface RecordedCall {
	/** The evidence id, as refusals and the panel name it. */
	readonly id: string;
	readonly entry: AuditEntry & { readonly verdict: NonNullable<AuditEntry['verdict']> };
	/** All contexts so far. */
	readonly contexts: ReadonlyMap<string, RecordedContext>;
}

/** Why a trail cannot be used. */
export type TrailTrouble = 'unusable' | 'invalid';

/** The exit code of each: nothing to go by; the trail is not what was written. */
export const TROUBLE_EXIT: Readonly<Record<TrailTrouble, number>> = { unusable: 2, invalid: 3 };

/** Verifies a trail and says on stderr what is wrong with it. */
export async function trailTrouble(command: string, dir: string, out: CliOutput): Promise<TrailTrouble | undefined> {
	try {
		if ((await journalFiles(dir)).length === 0) {
			out.stderr(printable(`${command}: no journal files (*.ndjson) in ${dir} or its folder trail`));
			return 'unusable';
		}
		const { ok, breaks } = await verifyTrail(dir);
		for (const { file, line, seq, why } of breaks) {
			out.stderr(printable(`${file}:${String(line)}: seq ${String(seq)}: ${why}`));
		}
		if (!ok) {
			out.stderr(`${command}: the trail is not what was written, so it proves nothing; see audit verify.`);
			return 'invalid';
		}
		return undefined;
	} catch (error) {
		if (error instanceof FirewallError) {
			out.stderr(printable(`${command}: ${error.message}`));
			return 'unusable';
		}
		throw error;
	}
}

/**
 * Every verdict of the trail once, in the order of the files. Streams; it remembers the contexts, and calls that
 * are under way.
 */
export async function* recordedCalls(dir: string, since?: number): AsyncGenerator<RecordedCall> {
	// Of all files: the first entry of a file that was opened after trouble may rest on a context of the one before.
	const contexts = new Map<string, RecordedContext>();
	for (const file of await journalFiles(dir)) {
		const pending = new Map<string, RecordedCall>();
		for await (const batch of readEntries(file)) {
			for (const { entry } of batch) {
				if (entry === undefined) {
					continue;
				}
				if (entry.facts !== undefined && entry.context !== undefined) {
					contexts.set(entry.facts.context, entry.context);
				}
				const call = asCall(entry, contexts);
				if (call === undefined || (since !== undefined && Date.parse(entry.at) < since)) {
					pending.delete(entry.id);
				} else if (entry.kind === 'verdict') {
					pending.set(call.id, call);
				} else {
					// Facts stand in the `verdict` entry where there is one; older trails have them nowhere.
					yield pending.get(call.id) ?? call;
					pending.delete(call.id);
				}
			}
		}
		yield* pending.values();
	}
}

function asCall(entry: AuditEntry, contexts: ReadonlyMap<string, RecordedContext>): RecordedCall | undefined {
	const { verdict } = entry;
	return verdict === undefined ? undefined : { id: entry.callId ?? entry.id, entry: { ...entry, verdict }, contexts };
}
