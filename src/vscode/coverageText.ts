import { describeLaunch } from '../domain/registry/launch';
import { type Inventory, type InventoryItem } from '../domain/registry/inventory';
import { type SteeringChange } from '../domain/registry/steeringChanges';
import { problemText } from './problemText';
import { quoteForPerson, quoteLines } from './quote';
import { say, sayCount } from './say';
import { folderNameOf } from './shownPlace';

/** Names that a notice lists. */
const NAMES = 4;
/** Servers that the tooltip lists. */
const LINES = 10;

/** What a person is told of servers that are not guarded; plain text of one paragraph. */
export function noticeText(items: readonly InventoryItem[], trusted: boolean): string {
	const [first] = items;
	const file = quoteForPerson(first?.places[0]?.file ?? '', 200);
	const advice = trusted ? '' : ` ${say('Nothing is started here before you trust this workspace.')}`;
	if (first !== undefined && items.length === 1) {
		const name = quoteForPerson(first.name, 60);
		return first.coverage === 'unsupported'
			? `${say('MCP Firewall: the MCP server “{0}” in {1} is not guarded.', name, file)} ${first.why === undefined ? '' : say(first.why)}${advice}`
			: `${say('MCP Firewall: the MCP server “{0}” in {1} is not guarded: its tools run past the firewall.', name, file)}${advice}`;
	}
	const names = items.slice(0, NAMES).map(item => nameAmong(items, item));
	const more = items.length > NAMES ? ` ${say('and {0} more', items.length - NAMES)}` : '';
	const all = `${names.join(', ')}${more}`;
	return `${say('MCP Firewall: {0} MCP servers are not guarded: {1}.', items.length, all)}${advice}`;
}

/** A name in quotes, and the folder that it is from where another server of several folders has the same. */
function nameAmong(items: readonly InventoryItem[], { name, places: [place] }: InventoryItem): string {
	const quoted = `“${quoteForPerson(name, 60)}”`;
	const folder = place && folderNameOf(place);
	const isShared = items.filter(item => item.name === name).length > 1;
	return isShared && folder !== undefined ? `${quoted} (${quoteForPerson(folder, 40)})` : quoted;
}

/** How many servers are guarded of how many there are, as a sentence. */
export function coverageSentence({ guarded, total }: Pick<Inventory, 'guarded' | 'total'>): string {
	if (total === 0) {
		return say('No MCP server is defined here.');
	}
	return guarded === total
		? sayCount(guarded, '{0} guarded server.', '{0} guarded servers.')
		: sayCount(total, '{1} of {0} MCP servers is guarded.', '{1} of {0} MCP servers are guarded.', guarded);
}

/** The servers that are not guarded, by file, for the tooltip. */
export function uncoveredLines({ items, problems }: Inventory): readonly string[] {
	const open = items.filter(({ coverage }) => coverage === 'unguarded' || coverage === 'unsupported');
	const lines = open.map(({ name, places, coverage }) => {
		const files = places.map(({ file }) => quoteForPerson(file, 120)).join(', ');
		return coverage === 'unguarded'
			? say('Not guarded: {0} in {1}', quoteForPerson(name, 60), files)
			: say('Cannot be guarded: {0} in {1}', quoteForPerson(name, 60), files);
	});
	const unread = sayCount(problems.length, '{0} file cannot be read.', '{0} files cannot be read.');
	const more = lines.length > LINES ? [say('and {0} more', lines.length - LINES)] : [];
	return [...lines.slice(0, LINES), ...more, ...(problems.length === 0 ? [] : [unread])];
}

/** What a person is told of texts that steer agents and are not as they were. */
export function steeringText(changes: readonly SteeringChange[]): string {
	const shown = changes.slice(0, NAMES).map(({ kind, path }) => `${quoteForPerson(path, 120)} (${kind})`);
	const more = changes.length > NAMES ? ` ${say('and {0} more', changes.length - NAMES)}` : '';
	return say('MCP Firewall: what steers agents is not as it was seen last: {0}.', `${shown.join(', ')}${more}`);
}

/** What a person is told of tools whose server no file defines. */
export function strayText(names: readonly string[]): string {
	const shown = names.slice(0, NAMES).map(name => quoteForPerson(name, 80));
	const more = names.length > NAMES ? ` ${say('and {0} more', names.length - NAMES)}` : '';
	return say(
		'MCP Firewall: no file that is known here defines the MCP server of these tools: {0}. Another extension may have brought it; it runs past the firewall.',
		`${shown.join(', ')}${more}`,
	);
}

/** The inventory as a document, every text of a file quoted. */
export function coverageDocument(
	inventory: Inventory,
	further: readonly (readonly [title: string, lines: readonly string[]])[],
): string {
	const { items, problems } = inventory;
	const section = (title: string, lines: readonly string[]) =>
		lines.length === 0 ? [] : [title, ...lines.map(line => (line.startsWith('│') ? line : `  ${line}`)), ''];
	const of = (coverage: InventoryItem['coverage']) =>
		items.filter(item => item.coverage === coverage).flatMap(describeItem);
	return [
		say('MCP servers that this window, or another client on this machine, can start'),
		'',
		coverageSentence(inventory),
		'',
		...section(say('Guarded'), of('guarded')),
		...section(say('Not guarded'), of('unguarded')),
		...section(say('Cannot be guarded'), of('unsupported')),
		...section(say('Not started by VS Code'), of('inactive')),
		...section(
			say('Files that cannot be read'),
			problems.map(problem => quoteForPerson(problemText(problem), 400)),
		),
		...further.flatMap(([title, lines]) => section(title, lines)),
		say('Servers that other extensions offer cannot be listed: the editor has no stable interface for that.'),
		'',
	].join('\n');
}

function describeItem({ name, places, why, entry, id }: InventoryItem): readonly string[] {
	const status = entry === undefined ? '' : `, ${say(entry.status)}`;
	const launch = entry === undefined ? [] : quoteLines(describeLaunch(entry.launch)).split('\n');
	return [
		`“${quoteForPerson(name, 100)}”${status}${id === undefined ? '' : ` (${id.slice(0, 12)})`}`,
		...launch,
		...(why === undefined ? [] : [say(why)]),
		...places.map(({ file, line }) => say('{0}, line {1}', quoteForPerson(file, 300), line)),
	];
}
