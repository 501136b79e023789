import { canonicalJson } from '../../base/json';

/**
 * A trail is made of streams: one for each window or headless gateway, with one writer. A stream is made of segments, files
 * of at most one day and {@link SEGMENT_BYTES}; `seq` and the chain run on through all of them. At most {@link CHECKPOINT_ENTRIES}
 * entries and {@link CHECKPOINT_MS} after an entry, and as the last entry of each segment, stands a checkpoint: the head of
 * the stream, signed with Ed25519. The same head is kept outside the trail ({@link StreamHead}).
 */
export const CHECKPOINT_ENTRIES = 256;

/** Milliseconds that an entry waits for its checkpoint at the most. */
export const CHECKPOINT_MS = 2000;

/** Bytes after which a segment is sealed and the next one begun; one entry may pass it. */
export const SEGMENT_BYTES = 32 * 1024 * 1024;

/** What the first entry of a segment says of it. */
export interface SegmentOpening {
	/** UUID of the stream. */
	readonly stream: string;
	/** Counts from 1. */
	readonly number: number;
	/** {@link TrailSigner}'s `key`: whose signatures stand in this segment. */
	readonly key: string;
	/** The raw Ed25519 public key (RFC 8032 §5.1.5), base64url without padding. */
	readonly publicKey: string;
}

/** What a checkpoint says; what it signs is {@link checkpointText}. */
export interface Checkpoint {
	readonly stream: string;
	/** Number of the segment that it stands in. */
	readonly segment: number;
	readonly key: string;
	/** Set in the last entry of a segment: nothing follows in this file. `closed`: nor in the stream. */
	readonly seals?: 'segment' | 'closed';
	/** Ed25519 signature, base64url without padding. */
	readonly signature: string;
}

/** How far a stream had come: the entry `seq` has this hash. Kept outside the trail, and in other streams as witness. */
export interface StreamHead {
	readonly stream: string;
	readonly segment: number;
	readonly seq: number;
	readonly hash: string;
	/** The stream was closed with this entry. */
	readonly closed?: true;
}

/** A head as it is anchored outside the trail: the head of a checkpoint entry, and when it was taken. */
export interface AnchoredHead extends StreamHead {
	/** ISO 8601. */
	readonly at: string;
	readonly key: string;
}

/**
 * What is left of a segment that retention removed: the file `<segment>.removed`, one line of canonical JSON. Chain and signatures
 * can be followed across it.
 */
export interface SegmentTombstone {
	readonly v: 1;
	readonly stream: string;
	readonly number: number;
	/** What its first entry had as `prev`, and its `seq`. */
	readonly first: { readonly seq: number; readonly prev: string };
	/** Its last entry. */
	readonly last: { readonly seq: number; readonly hash: string };
	/** `at` of its first and last entry. */
	readonly from: string;
	readonly to: string;
	readonly bytes: number;
	/** ISO 8601. */
	readonly removedAt: string;
	/** What the person set: `older than 365 days`, `more than 2048 MB`. */
	readonly why: string;
	readonly key: string;
	/** Ed25519 over {@link tombstoneText}, base64url. */
	readonly signature: string;
}

/** Signs checkpoints and tombstones. The private key is the editor's or the data directory's; it never enters the trail. */
export interface TrailSigner {
	/** First 16 hex digits of the SHA-256 of the raw public key. */
	readonly key: string;
	/** Raw, base64url without padding. */
	readonly publicKey: string;
	/** Ed25519 (RFC 8032) over UTF-8 text, base64url without padding. */
	sign(text: string): string;
}

/** What the signature of a checkpoint is over; the entry's own hash then covers the signature. */
export function checkpointText(
	entry: { readonly seq: number; readonly prev: string; readonly at: string },
	checkpoint: Omit<Checkpoint, 'signature'>,
): string {
	const { stream, segment, key, seals } = checkpoint;
	const { seq, prev, at } = entry;
	return canonicalJson({
		type: 'mcp-firewall/checkpoint/1',
		...{ stream, segment, key, seq, prev, at },
		...(seals && { seals }),
	});
}

/** What the signature of a tombstone is over. */
export function tombstoneText(tombstone: Omit<SegmentTombstone, 'signature'>): string {
	const { v, stream, number, first, last, from, to, bytes, removedAt, why, key } = tombstone;
	return canonicalJson({
		type: 'mcp-firewall/removed-segment/1',
		...{ v, stream, number, from, to, bytes, removedAt, why, key },
		first: { seq: first.seq, prev: first.prev },
		last: { seq: last.seq, hash: last.hash },
	});
}
