import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from '../../base/json';
import { type Phrase, phrase } from '../../base/phrase';
import { type ToolDescriptor } from '../registry/toolDescriptor';
import { raised, raisedByDeeds, raisedByKey } from './capabilityDeeds';
import { isDestructive, UNKNOWN_CAPABILITY } from './capabilityName';
import {
	SHELL,
	STATEMENT_VERBS,
	SHELL_KEYS,
	PAYMENT,
	DELETE,
	DROP,
	SECRET,
	SEND,
	REQUEST,
	WRITE,
	READ,
	DATABASE,
	RAW_SQL,
	FILES,
	KNOWN_WORDS,
	words,
} from './capabilityWords';
import { nameTokens } from './nameTokens';
import { isPathName } from './pathKeys';

const SHELL_CAPABILITY = 'shell.execute';

/** A capability read out of words, and the words that gave it. */
export interface TokenReading {
	readonly capability: string;
	/** One sentence each, for the reviewer. Of attacker-controlled text they hold words of our own lists alone. */
	readonly why: readonly Phrase[];
}

/**
 * Reads a capability out of a tool's words: the whole tokens of its name and of the property names and titles of its
 * schema, all attacker-controlled. Where several readings fit, the most dangerous one wins; annotations may raise it,
 * never lower it. What has no clear verb and object is `unknown`.
 */
export function capabilityFromTokens(tool: string, descriptor: ToolDescriptor | undefined): string {
	return explainTokens(tool, descriptor).capability;
}

/** {@link capabilityFromTokens} with its reasons. */
export function explainTokens(tool: string, descriptor: ToolDescriptor | undefined): TokenReading {
	const name = nameTokens(tool);
	const reading = readTokens(name, schemaTokens(descriptor?.inputSchema));
	return raisedByHints(plainReading(reading, name, descriptor), descriptor);
}

/** A reading by words that may be more: by a key that takes what is written, or by a word that nobody knows. */
function plainReading(
	reading: TokenReading,
	name: readonly string[],
	descriptor: ToolDescriptor | undefined,
): TokenReading {
	if (!/\.read$/.test(reading.capability) || reading.capability === 'secrets.read') {
		return reading;
	}
	if (name.some(token => !/^[0-9]/.test(token) && !KNOWN_WORDS.some(known => known.has(token)))) {
		return {
			capability: UNKNOWN_CAPABILITY,
			why: [phrase('its name has a word that could mean anything, beside one that means reading')],
		};
	}
	const properties = descriptor?.inputSchema?.properties;
	let { capability } = reading;
	for (const [key, shape] of Object.entries(isJsonObject(properties) ? properties : {})) {
		capability = raisedByKey(capability, nameTokens(key), isJsonObject(shape) && shape.type === 'boolean');
	}
	return capability === reading.capability
		? reading
		: { capability, why: [...reading.why, phrase('it takes something to write or to delete')] };
}

/**
 * What the server's own hints (MCP 2025-11-25, ToolAnnotations) make of a reading: `destructiveHint: true` or
 * `readOnlyHint: false` says that the tool does not merely read. No hint lowers anything.
 */
export function raisedByHints(reading: TokenReading, descriptor: ToolDescriptor | undefined): TokenReading {
	const { destructiveHint, readOnlyHint } = descriptor?.annotations ?? {};
	const hint =
		destructiveHint === true
			? phrase('the server says that the tool destroys (destructiveHint)')
			: readOnlyHint === false
				? phrase('the server says that the tool does not merely read (readOnlyHint)')
				: undefined;
	const capability = hint === undefined ? reading.capability : raised(reading.capability);
	return capability === reading.capability || hint === undefined
		? reading
		: { capability, why: [...reading.why, hint] };
}

/**
 * What undeclared arguments make of a capability that nobody reviewed: a command under a tool whose schema shows none is
 * a program all the same (gateway.md PATH-23). `unknown` stays unknown, which no allow covers.
 */
export function raisedByArguments(capability: string, args: JsonObject): string {
	const given = raisedByDeeds(capability, args);
	const command = (value: JsonValue | undefined, depth: number): boolean =>
		depth < 8 &&
		(isJsonArray(value)
			? value.some(item => command(item, depth + 1))
			: isJsonObject(value) &&
				Object.entries(value).some(
					([key, item]) => nameTokens(key).some(token => SHELL_KEYS.has(token)) || command(item, depth + 1),
				));
	return capability !== UNKNOWN_CAPABILITY && dangerOf(capability) < dangerOf(SHELL_CAPABILITY) && command(args, 0)
		? SHELL_CAPABILITY
		: given;
}

/** How bad it is to be wrong about a capability; only the order counts. */
export function dangerOf(capability: string): number {
	const action = capability.split('.')[1];
	if (capability === SHELL_CAPABILITY) {
		return 90;
	}
	if (capability === 'payments.transfer') {
		return 80;
	}
	if (isDestructive(capability)) {
		return 70;
	}
	if (capability === 'secrets.read') {
		return 60;
	}
	const order: Record<string, number> = {
		execute: 55,
		write: 50,
		send: 45,
		request: 40,
		read: 20,
		roots: 20,
		run: 10,
	};
	return capability === UNKNOWN_CAPABILITY ? 0 : (order[action ?? ''] ?? 50);
}

function readTokens(name: readonly string[], keys: readonly (readonly string[])[]): TokenReading {
	const inName = (set: ReadonlySet<string>) => name.find(token => set.has(token));
	const inKeys = (set: ReadonlySet<string>) => keys.flat().find(token => set.has(token));
	const because = (capability: string, ...why: readonly (Phrase | undefined)[]): TokenReading => ({
		capability,
		why: why.filter(line => line !== undefined),
	});
	const named = (word: string | undefined) =>
		word === undefined ? undefined : phrase('its name says \u201c{0}\u201d', word);
	const takes = (word: string | undefined) =>
		word === undefined ? undefined : phrase('it takes \u201c{0}\u201d', word);

	const database = inName(DATABASE);
	const shellWords = name.filter(token => SHELL.has(token));
	const statement = database !== undefined && shellWords.every(token => STATEMENT_VERBS.has(token));
	const shellKey = inKeys(SHELL_KEYS);
	if ((shellWords.length > 0 && !statement) || shellKey !== undefined) {
		return because(SHELL_CAPABILITY, named(statement ? undefined : shellWords[0]), takes(shellKey));
	}
	const payment = inName(PAYMENT);
	if (payment !== undefined || (inKeys(words('amount')) && inKeys(words('currency')))) {
		return because('payments.transfer', named(payment) ?? phrase('it takes an amount and a currency'));
	}
	const deletes = inName(DELETE);
	if (deletes !== undefined) {
		const drops = database !== undefined && inName(DROP) !== undefined;
		const action = database === undefined ? 'filesystem.delete' : drops ? 'database.drop' : 'database.delete';
		return because(action, named(deletes), named(database));
	}
	const secret = inName(SECRET) ?? (name.includes('api') && name.includes('key') ? 'key' : undefined);
	if (secret !== undefined) {
		return because('secrets.read', named(secret));
	}
	const sql = inName(RAW_SQL);
	const sqlKey = inKeys(RAW_SQL);
	if (sql !== undefined || sqlKey !== undefined || shellWords.length > 0) {
		return because(
			'database.write',
			named(sql ?? shellWords[0]),
			takes(sqlKey),
			phrase('a statement can change data'),
		);
	}
	const file = inName(FILES);
	const fileKey = file ?? (keys.some(isPathName) ? 'path' : undefined);
	const objectWhy = database === undefined ? (named(file) ?? takes(fileKey)) : named(database);
	const object = database === undefined ? (fileKey === undefined ? undefined : 'filesystem') : 'database';
	const writes = inName(WRITE);
	if (writes !== undefined && object !== undefined) {
		return because(`${object}.write`, named(writes), objectWhy);
	}
	const sends = inName(SEND);
	if (sends !== undefined) {
		return because('network.send', named(sends));
	}
	const requests = inName(REQUEST);
	const url = inKeys(words('url urls'));
	if (requests !== undefined || url !== undefined) {
		return because('network.request', named(requests), takes(url));
	}
	const reads = inName(READ);
	if (reads !== undefined && object !== undefined) {
		return because(`${object}.read`, named(reads), objectWhy);
	}
	return because(
		UNKNOWN_CAPABILITY,
		phrase('neither its name nor what it takes tells a verb and an object that are known'),
	);
}

/** Property names and titles at any depth of the schema, each as its tokens. */
function schemaTokens(schema: JsonObject | undefined): readonly (readonly string[])[] {
	const keys: (readonly string[])[] = [];
	const visit = (node: JsonValue | undefined, depth: number) => {
		if (depth > 16) {
			return;
		}
		if (isJsonArray(node)) {
			node.forEach(item => {
				visit(item, depth + 1);
			});
		} else if (isJsonObject(node)) {
			for (const [key, property] of Object.entries(isJsonObject(node.properties) ? node.properties : {})) {
				keys.push(nameTokens(key));
				if (isJsonObject(property) && typeof property.title === 'string') {
					keys.push(nameTokens(property.title));
				}
			}
			for (const child of Object.values(node)) {
				visit(child, depth + 1);
			}
		}
	};
	visit(schema, 0);
	return keys;
}
