import { canonicalJson, isJsonObject, type JsonObject, type JsonValue, isCount } from '../../base/json';
import { type SegmentTombstone } from './checkpoint';

const TEXTS = ['stream', 'from', 'to', 'removedAt', 'why', 'key', 'signature'];
const COUNTS = ['number', 'bytes'];
const MEMBERS = new Set([...TEXTS, ...COUNTS, 'v', 'first', 'last']);

/**
 * Reads what is left of a removed segment, which somebody may have tampered with; undefined for what is none, or not in the form
 * in which it is written. Its signature is not looked at.
 */
export function readTombstone(text: string): SegmentTombstone | undefined {
	const line = text.endsWith('\n') ? text.slice(0, -1) : text;
	try {
		const value = JSON.parse(line) as JsonValue;
		return isJsonObject(value) && isTombstone(value) && canonicalJson(value) === line
			? (value as unknown as SegmentTombstone)
			: undefined;
	} catch {
		return undefined;
	}
}

function isTombstone(value: JsonObject): boolean {
	return (
		value['v'] === 1 &&
		TEXTS.every(key => typeof value[key] === 'string') &&
		COUNTS.every(key => isCount(value[key])) &&
		isEnd(value['first'], 'prev') &&
		isEnd(value['last'], 'hash') &&
		Object.keys(value).every(key => MEMBERS.has(key))
	);
}

function isEnd(value: JsonValue | undefined, hash: string): boolean {
	return (
		isJsonObject(value) &&
		isCount(value['seq']) &&
		typeof value[hash] === 'string' &&
		Object.keys(value).length === 2
	);
}
