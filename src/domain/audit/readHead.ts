import { isJsonObject, type JsonValue, isCount } from '../../base/json';
import { type AnchoredHead } from './checkpoint';

const STREAM = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const HASH = /^[0-9a-f]{64}$/;
const KEY = /^[0-9a-f]{16}$/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** Narrows what was kept outside the trail, which anybody may have written; undefined for what is no head. */
export function readHead(value: JsonValue | undefined): AnchoredHead | undefined {
	if (!isJsonObject(value)) {
		return undefined;
	}
	const { stream, segment, seq, hash, at, key, closed } = value;
	return matches(STREAM, stream) &&
		matches(HASH, hash) &&
		matches(KEY, key) &&
		matches(TIME, at) &&
		isCount(segment) &&
		segment > 0 &&
		isCount(seq) &&
		(closed === undefined || closed === true)
		? { stream, segment, seq, hash, at, key, ...(closed && { closed }) }
		: undefined;
}

function matches(shape: RegExp, value: JsonValue | undefined): value is string {
	return typeof value === 'string' && shape.test(value);
}

/** The further of two heads of one stream; of two at the same entry the one that says closed. */
export function furtherHead(one: AnchoredHead | undefined, other: AnchoredHead): AnchoredHead {
	const further = one === undefined || other.seq > one.seq || (other.seq === one.seq && other.closed === true);
	return further ? other : one;
}
