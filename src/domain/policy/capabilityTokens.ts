import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from '../../base/json';
import { type ToolDescriptor } from '../registry/toolDescriptor';
import { isDestructive, UNKNOWN_CAPABILITY } from './capabilityName';
import { nameTokens } from './nameTokens';
import { isPathName } from './pathKeys';

const words = (text: string): ReadonlySet<string> => new Set(text.split(' '));

const SHELL = words(
	'shell exec execute run command commands cmd bash sh zsh fish powershell pwsh terminal tty console eval evaluate python ' +
		'perl ruby node script scripts subprocess spawn repl install invoke kill sudo ssh docker kubectl',
);
/** Verbs that mean a statement rather than a process where the name also names a database. */
const STATEMENT_VERBS = words('exec execute run evaluate eval script');
const SHELL_KEYS = words('command commands cmd shell script scripts argv bash');
const PAYMENT = words(
	'pay payment payments payout payouts transfer transfers disburse refund refunds charge purchase buy checkout withdraw ' +
		'invoice stripe',
);
const DELETE = words(
	'delete deletes remove removes rm rmdir unlink purge wipe erase destroy truncate drop prune uninstall trash del shred ' +
		'expunge clear reset discard clean empty',
);
const DROP = words('drop truncate');
const SECRET = words(
	'secret secrets password passwords passwd credential credentials token tokens apikey keychain vault env environ ' +
		'environment dotenv passphrase cookie cookies',
);
const SEND = words(
	'send sends post push publish deploy upload email mail sms message messages notify share tweet submit webhook reply ' +
		'broadcast forward',
);
const REQUEST = words(
	'fetch http https url urls download request crawl scrape browse browser navigate curl wget web internet ping api',
);
const WRITE = words(
	'write writes update modify patch edit edits create insert append save set put add move rename copy mkdir touch replace ' +
		'upsert store commit merge apply alter import restore chmod chown sync',
);
const READ = words(
	'read reads get list view show search find query select cat head tail stat describe tree grep glob ls count lookup ' +
		'info inspect open load export diff explain',
);
const DATABASE = words(
	'database databases db sql table tables row rows record records postgres postgresql mysql mariadb sqlite mongo mongodb ' +
		'redis duckdb bigquery snowflake schema query queries collection',
);
const RAW_SQL = words('sql statement');
const FILES = words('file files directory directories dir dirs folder folders path paths filesystem fs disk');

/**
 * Reads a capability out of a tool's words: the whole tokens of its name and of the property names and titles of its
 * schema, all attacker-controlled. Where several readings fit, the most dangerous one wins; annotations may raise it,
 * never lower it. What has no clear verb and object is `unknown`.
 */
export function capabilityFromTokens(tool: string, descriptor: ToolDescriptor | undefined): string {
	const reading = readTokens(nameTokens(tool), schemaTokens(descriptor?.inputSchema));
	return descriptor?.annotations?.destructiveHint === true ? raised(reading) : reading;
}

/** How bad it is to be wrong about a capability; only the order counts. */
export function dangerOf(capability: string): number {
	const action = capability.split('.')[1];
	if (capability === 'shell.execute') {
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

function readTokens(name: readonly string[], keys: readonly (readonly string[])[]): string {
	const has = (set: ReadonlySet<string>) => name.some(token => set.has(token));
	const keyHas = (set: ReadonlySet<string>) => keys.some(key => key.some(token => set.has(token)));
	const database = has(DATABASE);
	const shellWords = name.filter(token => SHELL.has(token));
	const statement = database && shellWords.every(token => STATEMENT_VERBS.has(token));
	if ((shellWords.length > 0 && !statement) || keyHas(SHELL_KEYS)) {
		return 'shell.execute';
	}
	if (has(PAYMENT) || (keys.some(key => key.includes('amount')) && keys.some(key => key.includes('currency')))) {
		return 'payments.transfer';
	}
	if (has(DELETE)) {
		return database ? (has(DROP) ? 'database.drop' : 'database.delete') : 'filesystem.delete';
	}
	if (has(SECRET) || (name.includes('api') && name.includes('key'))) {
		return 'secrets.read';
	}
	if (has(RAW_SQL) || keyHas(RAW_SQL) || shellWords.length > 0) {
		return 'database.write';
	}
	const files = has(FILES) || keys.some(isPathName);
	if (has(WRITE) && (database || files)) {
		return database ? 'database.write' : 'filesystem.write';
	}
	if (has(SEND)) {
		return 'network.send';
	}
	if (has(REQUEST) || keyHas(words('url urls'))) {
		return 'network.request';
	}
	if (has(READ) && (database || files)) {
		return database ? 'database.read' : 'filesystem.read';
	}
	return UNKNOWN_CAPABILITY;
}

/** The server itself says that the tool destroys: then it does not merely read. */
function raised(capability: string): string {
	if (capability.endsWith('.read') && capability !== 'secrets.read') {
		return `${capability.slice(0, -'read'.length)}write`;
	}
	return capability === 'network.request' ? 'network.send' : capability;
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
