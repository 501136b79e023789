import { type AuditEntry, type AuditRecord } from './auditRecord';
import { type ChainLink, GENESIS } from './chain';
import { type AnchoredHead, type Checkpoint, checkpointText, type TrailSigner } from './checkpoint';

/** The checkpoint that belongs behind `last` (undefined: the first entry of its stream). Throws as the signer does. */
export function checkpointRecord(
	stamp: Pick<AuditRecord, 'id' | 'at'>,
	last: ChainLink | undefined,
	{ stream, segment, seals }: Pick<Checkpoint, 'stream' | 'segment' | 'seals'>,
	signer: TrailSigner,
): AuditRecord {
	const unsigned = { stream, segment, key: signer.key, ...(seals && { seals }) };
	const place = { seq: last === undefined ? 0 : last.seq + 1, prev: last?.hash ?? GENESIS, at: stamp.at };
	const signature = signer.sign(checkpointText(place, unsigned));
	return { ...stamp, kind: 'checkpoint', outcome: 'noted', checkpoint: { ...unsigned, signature } };
}

/** The head that a checkpoint entry is, as it is anchored; undefined for any other entry. */
export function headOf({ seq, hash, at, checkpoint }: AuditEntry): AnchoredHead | undefined {
	if (checkpoint === undefined) {
		return undefined;
	}
	const { stream, segment, key, seals } = checkpoint;
	return { stream, segment, seq, hash, at, key, ...(seals === 'closed' && { closed: true }) };
}
