import { isMap, isScalar, isSeq, type Node } from 'yaml';
import { isAbsolutePath } from '../../base/absolutePath';
import { isJsonArray, isJsonObject, type JsonValue } from '../../base/json';
import { isUrl } from '../../base/isUrl';
import { inRow, type Phrase, phrase } from '../../base/phrase';
import { readPublicKeys } from '../identity/readPublicKeys';
import { sayTrustSettings } from '../identity/readTrustSettings';
import { readServerLists } from '../registry/serverLists';
import { type UnmatchedUrl, unmatchedUrl } from '../registry/unmatchedUrl';
import { LOCK_KEYS, type LockedSetting, type LockKey, type LockKind, LOCKS } from './organisationLocks';
import { type Entry, type PolicyReader } from './policyReader';
import { below, quoted, shown } from './problemWords';
import { readNumber } from './readValues';

/**
 * Reads the section `settings` of an organisation's policy: what is locked for everybody on the machine. Undefined where the
 * policy has none. What is wrong with it is an error, and then everything is denied: half of what was meant is not guessed.
 */
export function parseSettings(entry: Entry | undefined, reader: PolicyReader): readonly LockedSetting[] | undefined {
	if (entry === undefined || isPlainScalar(entry.value, null)) {
		return undefined;
	}
	if (!isMap(entry.value)) {
		reader.error(
			'wrong-type',
			phrase("'settings' must be a mapping of settings to the values that are locked."),
			entry.value,
		);
		return undefined;
	}
	const entries = reader.entries(entry.value.items, LOCK_KEYS, below('settings'));
	return LOCK_KEYS.flatMap(key => {
		const said = entries.get(key);
		const value = said === undefined ? undefined : readLock(key, said, reader);
		return said === undefined || value === undefined ? [] : [{ key, value, at: reader.at(said.keyNode) }];
	});
}

function readLock(key: LockKey, entry: Entry, reader: PolicyReader): JsonValue | undefined {
	const lock: LockKind = LOCKS[key];
	switch (lock.kind) {
		case 'word':
		case 'choice':
			return reader.choice(entry, lock.words);
		case 'flag':
			return flag(key, entry, reader);
		case 'most':
		case 'least':
			return readNumber(entry, reader, { min: lock.min, max: lock.max });
		case 'file':
			return isPlainScalar(entry.value, false) ? false : absoluteFile(entry, reader);
		case 'text':
			return lock.what === 'url' ? url(entry, reader) : reader.line(entry, 1024);
		case 'list':
		case 'servers':
			return list(key, entry, reader);
	}
}

function flag(key: LockKey, { value, keyNode }: Entry, reader: PolicyReader): boolean | undefined {
	if (isPlainScalar(value, true) || isPlainScalar(value, false)) {
		return isPlainScalar(value, true);
	}
	reader.error('wrong-type', phrase("'{0}' must be true or false, without quotes.", key), value ?? keyNode);
	return undefined;
}

function absoluteFile(entry: Entry, reader: PolicyReader): string | undefined {
	const file = reader.line(entry, 1024);
	if (file !== undefined && !isAbsolutePath(file)) {
		reader.error(
			'invalid-value',
			phrase("'{0}' must be false or the absolute path of a policy.", entry.key ?? ''),
			entry.value,
		);
		return undefined;
	}
	return file;
}

/** An address, or an empty text for none at all. */
function url(entry: Entry, reader: PolicyReader): string | undefined {
	if (isPlainScalar(entry.value, '')) {
		return '';
	}
	const text = reader.line(entry, 1024);
	if (text !== undefined && !(/^https?:\/\//i.test(text) && isUrl(text))) {
		const said = phrase("'{0}' is no address; write https://… , or '' for none.", shown(text));
		reader.error('invalid-value', said, entry.value);
		return undefined;
	}
	return text;
}

function list(key: LockKey, { value, keyNode }: Entry, reader: PolicyReader): JsonValue | undefined {
	const items = plainValue(value);
	if (!isJsonArray(items)) {
		reader.error('wrong-type', phrase("'{0}' must be a list; [] is an empty one.", key), value ?? keyNode);
		return undefined;
	}
	const [problem] = problemsOf(key, items);
	if (problem !== undefined) {
		reader.error('invalid-value', phrase("'{0}': {1}", key, problem), value);
		return undefined;
	}
	if (LOCKS[key].kind === 'servers') {
		warnOfUnmatched(key, items, value, reader);
	}
	return items;
}

/** So many characters of a list are looked at: a policy may be anybody's. */
const MAX_LOOKED_AT = 20_000;

/** An entry that no server can ever be on: whoever wrote it relies on it. */
function warnOfUnmatched(key: LockKey, items: readonly JsonValue[], list: Node | null, reader: PolicyReader): void {
	let looked = 0;
	for (const [index, item] of items.entries()) {
		const url = isJsonObject(item) ? item.serverUrl : undefined;
		const text = typeof url === 'string' && (looked += url.length) <= MAX_LOOKED_AT ? url : '';
		const found = text === '' ? undefined : unmatchedUrl(text);
		if (found !== undefined) {
			const node = isSeq(list) ? (list.items[index] as Node | undefined) : list;
			reader.warn('never-matches', unmatched(key, shown(text), found), node);
		}
	}
}

function unmatched(key: LockKey, text: string, { missed, instead }: UnmatchedUrl): Phrase {
	const advice = inRow(instead.map(each => quoted(shown(each))));
	if (instead.length === 0) {
		return phrase(
			"'{0}': '{1}' can match no server; write an address like 'https://HOST/PATH', with * for what may differ.",
			key,
			text,
		);
	}
	return missed === 'all'
		? phrase("'{0}': '{1}' can match no server; write {2}.", key, text, advice)
		: phrase(
				"'{0}': '{1}' matches no server by {2}, whose addresses are compared without their usual port; write {3}.",
				...[key, text, missed, advice],
			);
}

/** The checks of the settings themselves. */
function problemsOf(key: LockKey, items: readonly JsonValue[]): readonly (string | Phrase)[] {
	const keys = key === 'breakGlass.keys' && items.length > 0 ? readPublicKeys(items) : undefined;
	return [
		...(key === 'identity.trustedIssuers' ? sayTrustSettings({ issuers: items }).said : []),
		...(key === 'identity.trustedKeys' ? sayTrustSettings({ trustedKeys: items }).said : []),
		...(keys?.ok === false ? [{ text: '{0}.', args: [keys.said] }] : []),
		...(key === 'allowedServers' ? readServerLists('this file', items, undefined).said : []),
		...(key === 'deniedServers' ? readServerLists('this file', undefined, items).said : []),
	];
}

function isPlainScalar(node: Node | null, value: JsonValue): boolean {
	return node === null ? value === null : isScalar(node) && node.value === value;
}

/** A part of the text as a value. Aliases and tags were reported before, and leave no policy. */
function plainValue(node: Node | null): JsonValue | undefined {
	if (node === null) {
		return undefined;
	}
	return isScalar(node)
		? (node.value as JsonValue)
		: 'toJSON' in node && typeof node.toJSON === 'function'
			? (JSON.parse(JSON.stringify((node as { toJSON(): unknown }).toJSON())) as JsonValue)
			: undefined;
}
