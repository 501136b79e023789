import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from '../../base/json';
import { nameTokens } from './nameTokens';

/** Words of keys whose value says what is run, where something goes, or who gets it. */
const STEERING = new Set(
	(
		'command commands cmd script args argv url urls uri link href endpoint host hostname webhook callback to cc bcc ' +
		'recipient recipients email emails address channel account iban destination target user username phone'
	).split(' '),
);
/** Leaves of each kind that are looked at. */
const MAX_LEAVES = 512;
const MAX_LEAF = 4096;

/** A text of the arguments, lower-case and trimmed. Attacker-controlled. */
export interface Leaf {
	readonly text: string;
	/** Its key says that it steers: a command, an address, a recipient. */
	readonly steering: boolean;
}

/** The texts of a call. */
interface Leaves {
	readonly leaves: readonly Leaf[];
	/** True when there are more steering texts than are looked at. */
	readonly more: boolean;
}

/** The texts at any depth, up to 512 that steer and 512 others, 4096 characters of each. */
export function leavesOf(args: JsonObject): Leaves {
	const leaves: Leaf[] = [];
	const counts = { steering: 0, other: 0 };
	const collect = (value: JsonValue | undefined, steering: boolean) => {
		if (typeof value === 'string') {
			const count = ++counts[steering ? 'steering' : 'other'];
			if (count <= MAX_LEAVES) {
				leaves.push({ text: value.slice(0, MAX_LEAF).toLowerCase().trim(), steering });
			}
		} else if (isJsonArray(value)) {
			value.forEach(item => {
				collect(item, steering);
			});
		} else if (isJsonObject(value)) {
			for (const [key, item] of Object.entries(value)) {
				collect(
					item,
					nameTokens(key).some(token => STEERING.has(token)),
				);
			}
		}
	};
	collect(args, false);
	return { leaves, more: counts.steering > MAX_LEAVES };
}
