import { isJsonArray, isJsonObject, type JsonObject, type JsonValue, pointerToken } from '../../base/json';
import { fold, formsOf } from '../inspection/normalise';
import { isDistinct, lettersOf, passagesOf, piecesOf } from './passages';

/** What a session remembers of one result that was labelled: fingerprints, no text. */
export interface Labelled {
	/** The registered name of the server that gave it. */
	readonly server: string;
	readonly label: 'secret' | 'untrusted';
	readonly hashes: ReadonlySet<number>;
}

/** A labelled result that a call to another server carries along. */
export interface Carried {
	readonly from: Labelled;
	/** JSON pointer of the place in the arguments; '' where they are more than is looked at. Made of the caller's names. */
	readonly pointer: string;
}

/** Characters of arguments that are looked through, each twice; more count as carrying whatever is labelled. */
const MAX_LOOK = 2_097_152;
/** Characters of a result that are remembered by their fingerprint. */
const MAX_TEXT = 262_144;
/** Hashes that a session remembers of each label, and results. */
const MAX_HASHES = 262_144;
const MAX_LABELLED = 128;
/** Secrets of one result, and hashes of all of them. */
const MAX_SECRETS = 256;
const MAX_PIECES = 65_536;

/** The fingerprint of text from outside; undefined where it is too short to be told apart. Attacker-controlled. */
export function untrustedPassages(server: string, texts: readonly string[]): Labelled | undefined {
	return labelled(server, 'untrusted', passagesOf(lettersOf(fold(texts.join('\n').slice(0, MAX_TEXT)).text)));
}

/**
 * The fingerprint of a result that holds secrets: of those that were told apart in it; where none was (a result is secret by
 * what was read), of every word that looks like one.
 */
export function secretPieces(
	server: string,
	secrets: readonly string[],
	texts: readonly string[],
): Labelled | undefined {
	const words =
		secrets.length > 0
			? secrets
			: texts
					.join('\n')
					.slice(0, MAX_TEXT)
					.split(/[\s"'`=,;<>{}()[\]]+/);
	const distinct = words.map(word => lettersOf(fold(word).text)).filter(isDistinct);
	const hashes = new Set<number>();
	for (const letters of distinct.slice(0, MAX_SECRETS)) {
		for (const hash of hashes.size < MAX_PIECES ? piecesOf(letters.slice(0, 4096)) : []) {
			hashes.add(hash);
		}
	}
	return labelled(server, 'secret', hashes);
}

function labelled(server: string, label: Labelled['label'], hashes: ReadonlySet<number>): Labelled | undefined {
	return hashes.size === 0 ? undefined : { server, label, hashes };
}

/**
 * With a further result, which stays. Each label has its own room; where that is too small, the oldest of the server that
 * takes the most of it goes: who floods a session must not make it forget a secret that another server gave.
 */
export function withLabelled(
	known: readonly Labelled[],
	fresh: readonly (Labelled | undefined)[],
): readonly Labelled[] {
	const all = [...known, ...fresh.filter(each => each !== undefined)];
	const kept = new Set([
		...withinRoom(all.filter(({ label }) => label === 'secret')),
		...withinRoom(all.filter(({ label }) => label === 'untrusted')),
	]);
	return all.filter(each => kept.has(each));
}

function withinRoom(all: readonly Labelled[]): readonly Labelled[] {
	let kept = all;
	let hashes = kept.reduce((sum, each) => sum + each.hashes.size, 0);
	while (kept.length > MAX_LABELLED || (kept.length > 1 && hashes > MAX_HASHES)) {
		const older = kept.slice(0, -1);
		const size = kept.length > MAX_LABELLED ? () => 1 : (each: Labelled) => each.hashes.size;
		const byServer = new Map<string, number>();
		for (const each of older) {
			byServer.set(each.server, (byServer.get(each.server) ?? 0) + size(each));
		}
		const most = [...byServer].reduce((a, b) => (b[1] > a[1] ? b : a))[0];
		const oldest = older.find(({ server }) => server === most);
		hashes -= oldest?.hashes.size ?? 0;
		kept = kept.filter(each => each !== oldest);
	}
	return kept;
}

/**
 * The labelled results of other servers that the arguments of a call to `server` carry, in texts, in names, or cut up over
 * neighbouring ones: a secret or ten letters of it in a row, or 31 letters of a text from outside, also in base64, hex,
 * escapes or invisible characters. Results of the server
 * itself tell it nothing new. Attacker-controlled; time is linear in the arguments.
 */
export function carriedBy(known: readonly Labelled[], server: string, args: JsonObject): readonly Carried[] {
	const others = known.filter(each => each.server !== server);
	if (others.length === 0) {
		return [];
	}
	const carried = new Map<Labelled, Carried>();
	let left = MAX_LOOK;
	const look = (text: string, pointer: string) => {
		left -= text.length;
		if (left < 0) {
			return;
		}
		for (const form of formsOf(text).forms) {
			const letters = lettersOf(form.text);
			const passages = passagesOf(letters);
			const pieces = piecesOf(letters);
			for (const from of others) {
				if (!carried.has(from) && holds(from, from.label === 'secret' ? pieces : passages)) {
					carried.set(from, { from, pointer });
				}
			}
		}
	};
	const all: string[] = [];
	walkTexts(args, '', (text, pointer, isName) => {
		look(text, pointer);
		if (!isName) {
			all.push(text);
		}
	});
	look(all.length > 1 ? all.join('') : '', '');
	if (left < 0) {
		for (const from of others.filter(each => !carried.has(each))) {
			carried.set(from, { from, pointer: '' });
		}
	}
	return [...carried.values()];
}

/** Every text and every name of a member. A name's pointer is that of its member. */
function walkTexts(
	value: JsonValue | undefined,
	at: string,
	visit: (text: string, pointer: string, isName: boolean) => void,
): void {
	if (typeof value === 'string') {
		visit(value, at, false);
	} else if (isJsonArray(value)) {
		value.forEach((item, index) => {
			walkTexts(item, `${at}/${String(index)}`, visit);
		});
	} else if (isJsonObject(value)) {
		for (const [key, item] of Object.entries(value)) {
			const pointer = `${at}/${pointerToken(key)}`;
			visit(key, pointer, true);
			walkTexts(item, pointer, visit);
		}
	}
}

function holds({ hashes }: Labelled, wanted: Iterable<number>): boolean {
	for (const hash of wanted) {
		if (hashes.has(hash)) {
			return true;
		}
	}
	return false;
}
