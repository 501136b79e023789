import { isJsonArray, isJsonObject, type JsonValue } from '../../base/json';
import { isDestructive } from './capabilityName';
import { nameTokens } from './nameTokens';
import { toolKey } from './noteCall';
import { type SessionLabel } from './sessionLabel';
import {
	MANY_BYTES,
	MANY_DELETES,
	MANY_READS,
	MANY_RETRIES,
	type SessionCall,
	type SessionState,
} from './sessionState';

/** Words of keys whose value says what is run, where something goes, or who gets it. */
const STEERING = new Set(
	(
		'command commands cmd script args argv url urls uri link href endpoint host hostname webhook callback to cc bcc ' +
		'recipient recipients email emails address channel account iban destination target user username phone'
	).split(' '),
);
const MAX_LEAVES = 512;
const MAX_LEAF = 4096;
/** Pieces of steering values that are looked for in the texts of a session. */
const MAX_PIECES = 512;
/** Shorter values are found in any text. */
const MIN_VALUE = 16;

/** The labels that a session gives to a call. Pure; time is bounded by the size of state and arguments. */
export function labelsFor(state: SessionState, call: SessionCall): ReadonlySet<SessionLabel> {
	const labels = new Set<SessionLabel>();
	const add = (label: SessionLabel, holds: boolean) => {
		if (holds) {
			labels.add(label);
		}
	};
	const leaves: Leaf[] = [];
	collect(call.arguments, false, leaves);
	add('secret', state.secretFrom.length > 0);
	add(
		'secret-elsewhere',
		state.secretFrom.some(server => server !== call.server),
	);
	add('untrusted', state.untrusted);
	add('overlaps-untrusted', state.untrusted && overlaps(state, leaves));
	add('persistence-written', state.persistenceWritten);
	add('config-written', state.configWritten);
	add('many-reads', state.readPaths.size >= MANY_READS || state.readBytes >= MANY_BYTES);
	add('listed-then-deleting', state.listed && isDestructive(call.capability) && state.deletes + 1 >= MANY_DELETES);
	add('names-other-server', namesOther(state, call, leaves));
	add('instruction-shaped-arguments', call.findings.instructionShaped);
	add('secret-arguments', call.findings.secret);
	add('denied-variants', isDeniedVariant(state, call));
	return labels;
}

interface Leaf {
	readonly text: string;
	readonly steering: boolean;
}

function collect(value: JsonValue | undefined, steering: boolean, leaves: Leaf[]): void {
	if (leaves.length >= MAX_LEAVES) {
		return;
	}
	if (typeof value === 'string') {
		leaves.push({ text: value.slice(0, MAX_LEAF).toLowerCase().trim(), steering });
	} else if (isJsonArray(value)) {
		value.forEach(item => {
			collect(item, steering, leaves);
		});
	} else if (isJsonObject(value)) {
		for (const [key, item] of Object.entries(value)) {
			collect(
				item,
				nameTokens(key).some(token => STEERING.has(token)),
				leaves,
			);
		}
	}
}

/** True when what is run, where it goes or who gets it stands word for word in text from outside. */
function overlaps(state: SessionState, leaves: readonly Leaf[]): boolean {
	const outside = state.texts.filter(({ untrusted }) => untrusted);
	const pieces = new Set(leaves.filter(({ steering }) => steering).flatMap(({ text }) => piecesOf(text)));
	// More than is looked at in a moment steers nothing honest: it counts as found.
	return pieces.size > MAX_PIECES || [...pieces].some(piece => outside.some(({ text }) => text.includes(piece)));
}

/** The parts of a value that mean something by themselves: commands, addresses, URLs with their hosts. */
function piecesOf(text: string): readonly string[] {
	const commands = text.split(/[;&|\n]+/).map(part => part.trim());
	const words = text.split(/[\s;&|<>"'`,()]+/).filter(word => /[@/:.]/.test(word));
	const hosts = words.map(word => /^[a-z][a-z0-9+.-]*:\/\/([^/?#]+)/.exec(word)?.[1] ?? '');
	return [
		...commands.filter(part => part.length >= 12),
		...[...words, ...hosts].filter(word => word.length >= 8),
	].slice(0, 64);
}

function namesOther(state: SessionState, call: SessionCall, leaves: readonly Leaf[]): boolean {
	const others = state.texts.filter(({ server }) => server !== call.server);
	if (others.length === 0) {
		return false;
	}
	const tool = call.tool.toLowerCase();
	const distinctive = tool.length >= 6 && (/[_.-]/.test(tool) || /[a-z][A-Z]/.test(call.tool));
	return (
		(distinctive && others.some(({ text }) => holdsWord(text, tool))) ||
		leaves.some(
			({ text }) =>
				text.length >= MIN_VALUE && others.some(other => other.untrusted && other.text.includes(text)),
		)
	);
}

function holdsWord(text: string, word: string): boolean {
	for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
		if (!/[\w-]/.test(text[at - 1] ?? '') && !/[\w-]/.test(text[at + word.length] ?? '')) {
			return true;
		}
	}
	return false;
}

/** Suspended, or the retry that would make it so: the same tool denied before, each time with other arguments. */
function isDeniedVariant(state: SessionState, call: SessionCall): boolean {
	const key = toolKey(call);
	const before = (state.denials.get(key) ?? []).filter(digest => digest !== call.argumentsDigest);
	return state.suspended.has(key) || before.length >= MANY_RETRIES;
}
