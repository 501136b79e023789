import { type JsonObject } from '../base/json';
import { foldedKey } from './foldedKey';

/** Members that a parser which ignores case takes for one of these. */
export function twins(value: JsonObject, names: readonly string[]): readonly string[] {
	const folded = names.map(foldedKey);
	return Object.keys(value).filter(key => !names.includes(key) && folded.includes(foldedKey(key)));
}
