import { type LineReason } from './chain';

/** Why a trail is not what was written. */
export type BreakReason =
	| LineReason
	| 'wrong segment'
	| 'segment missing'
	| 'doubled segment'
	| 'not a segment'
	| 'misplaced checkpoint'
	| 'bad signature'
	| 'not signed'
	| 'unknown key'
	| 'after the seal'
	| 'not sealed'
	| 'bad tombstone'
	| 'stream missing'
	| 'ends before its anchor'
	| 'another history than its anchor';

/** The first place where a segment stops being what was written. */
export interface ChainBreak {
	/** Counts from 1; 0 where it is the file as a whole. */
	readonly line: number;
	/** The number that belongs there. */
	readonly seq: number;
	readonly why: BreakReason;
	/** Of the entry that stands there, as far as it can be read. Attacker-controlled. */
	readonly id?: string;
}

const MEANINGS: Readonly<Record<BreakReason, string>> = {
	'not UTF-8': 'bytes stand here that no text has',
	'too long': 'the line is longer than any that is written',
	'not JSON': 'the line is no JSON: it was altered, or put in',
	'not an audit entry': 'the line is JSON, but no entry of this trail: it was altered, or put in',
	'unknown version': 'the entry says a version that this program does not know',
	'not canonical': 'the line says what an entry says, but not in the form in which entries are written',
	altered: 'the content does not have the hash that the entry names: it was edited',
	'wrong sequence': 'another number belongs here: entries were taken out, put in, doubled or moved',
	'does not follow': 'it does not carry the hash of the entry before it: one of the two was exchanged',
	'wrong segment':
		'the first entry of a file says which segment of which stream it is, and this is not what the name says',
	'segment missing': 'a file of this stream is gone, and no record of its removal is there',
	'doubled segment': 'another file says that it is the same segment',
	'not a segment': 'no file of the trail has such a name: it was renamed, or put in',
	'misplaced checkpoint': 'this signed head belongs to another place, or is none',
	'bad signature': 'the signature is not of this key, or not of what stands here',
	'not signed': 'so many entries without a signed head are never written: signatures were taken out',
	'unknown key': 'it is signed with a key that is not among those that are trusted',
	'after the seal': 'nothing is written after a seal in its file, or after the closing of its stream',
	'not sealed': 'a later segment follows, so this one must end with a signed seal: its end was cut off',
	'bad tombstone': 'the record of a removed segment is not what was written',
	'stream missing': 'a whole stream is gone that was seen',
	'ends before its anchor': 'the stream had come further: its end was cut off, or an older copy was put in its place',
	'another history than its anchor': 'the stream had another entry here: it was written anew',
};

/** What a reason means, in words for whoever reads a report. */
export function meaningOf(why: BreakReason): string {
	return MEANINGS[why];
}
