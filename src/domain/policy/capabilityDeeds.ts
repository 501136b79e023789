import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from '../../base/json';
import { DELETE, words, WRITE } from './capabilityWords';
import { nameTokens } from './nameTokens';

/** Keys of a tool that reads by its name and writes all the same: what is written, or where to. */
const WRITING_KEYS = words('content contents output outputs outfile overwrite append replacement');
/** Last words of a key that say how something is shown, not where it goes: `output_format`, `content_type`. */
const MANNER_WORDS = words(
	'format mode type types encoding style length limit size lines schema only level max filter',
);
const DELETING_KEYS = words('delete deletes remove unlink purge wipe');
/** Keys whose value says what a tool does. */
const DEED_KEYS = words('action operation op mode verb');
const WRITING_VALUES = words('w a wb ab w+ a+ r+ rw');

/** A reading that is given something to write or is told to write or delete does so. A switch that is off says nothing. */
export function raisedByDeeds(capability: string, args: JsonObject): string {
	let found = capability;
	const visit = (value: JsonValue | undefined, depth: number) => {
		if (depth > 8) {
			return;
		}
		if (isJsonArray(value)) {
			value.forEach(item => {
				visit(item, depth + 1);
			});
		} else if (isJsonObject(value)) {
			for (const [key, item] of Object.entries(value)) {
				const tokens = nameTokens(key);
				if (item !== false && item !== null && item !== '') {
					found = raisedByKey(found, tokens, item === true);
				}
				if (typeof item === 'string' && tokens.some(token => DEED_KEYS.has(token))) {
					found = raisedByDeed(found, item);
				}
				visit(item, depth + 1);
			}
		}
	};
	if (isKept(capability)) {
		visit(args, 0);
	}
	return found;
}

function raisedByDeed(capability: string, value: string): string {
	const deeds = nameTokens(value.slice(0, 64));
	return deeds.some(deed => DELETE.has(deed))
		? removing(capability)
		: deeds.some(deed => WRITE.has(deed)) || WRITING_VALUES.has(value.trim().toLowerCase())
			? raised(capability)
			: capability;
}

/** What one key of a reading makes of it; `isSwitch` where its value is no text: `include_content: true` reads. */
export function raisedByKey(capability: string, key: readonly string[], isSwitch: boolean): string {
	if (key.some(token => DELETING_KEYS.has(token))) {
		return removing(capability);
	}
	const manner = MANNER_WORDS.has(key.at(-1) ?? '');
	const writes = key.some(token => WRITING_KEYS.has(token)) && !manner;
	return writes && (!isSwitch || key.includes('overwrite') || key.includes('append'))
		? raised(capability)
		: capability;
}

/** Read, written or deleted: what can still become worse by a deed. */
function isKept(capability: string): boolean {
	return /\.(?:read|delete|write)$/.test(capability) && capability !== 'secrets.read';
}

function removing(capability: string): string {
	const resource = capability.split('.', 1)[0] ?? '';
	return isKept(capability) ? `${resource}.delete` : capability;
}

/** The next worse capability of the same resource, for a tool that does not merely read. */
export function raised(capability: string): string {
	if (capability.endsWith('.read') && capability !== 'secrets.read') {
		return `${capability.slice(0, -'read'.length)}write`;
	}
	return capability === 'network.request' ? 'network.send' : capability;
}
