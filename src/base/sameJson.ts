import { isJsonArray, isJsonObject, type JsonValue } from './json';

/** Equal as JSON; members that are undefined do not count, nor does the order of keys. */
export function sameJson(left: JsonValue | undefined, right: JsonValue | undefined): boolean {
	if (left === right) {
		return true;
	}
	if (isJsonArray(left)) {
		return (
			isJsonArray(right) &&
			left.length === right.length &&
			left.every((item, index) => sameJson(item, right[index]))
		);
	}
	if (!isJsonObject(left) || !isJsonObject(right)) {
		return false;
	}
	const [mine, theirs] = [left, right].map(object => Object.keys(object).filter(key => object[key] !== undefined));
	return (
		mine?.length === theirs?.length &&
		mine?.every(key => Object.hasOwn(right, key) && sameJson(left[key], right[key])) === true
	);
}
