import { removalsIn } from './removals';
import { carriedBy } from './dataFlow';
import { deniedCall, variantsAmong } from './deniedVariants';
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
import { type Leaf, leavesOf } from './steering';
import { TextSearch } from './textIndex';

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
	const { leaves, more } = leavesOf(call.arguments);
	const search = new TextSearch();
	add('secret', state.secretFrom.length > 0);
	add(
		'secret-elsewhere',
		state.secretFrom.some(server => server !== call.server),
	);
	add('untrusted', state.untrusted);
	add('overlaps-untrusted', state.untrusted && (more || overlaps(state, leaves, search)));
	add('persistence-written', state.persistenceWritten);
	add('config-written', state.configWritten);
	add('many-reads', state.readPaths.size >= MANY_READS || state.readBytes >= MANY_BYTES);
	const removals = state.listed ? removalsIn(call) : 0;
	add('listed-then-deleting', removals > 0 && state.deletes + removals >= MANY_DELETES);
	add('names-other-server', namesOther(state, call, leaves, search));
	for (const { from } of carriedBy(state.labelled, call.server, call.arguments)) {
		labels.add(from.label === 'secret' ? 'carries-secret' : 'carries-untrusted');
	}
	add('instruction-shaped-arguments', call.findings.instructionShaped);
	add('secret-arguments', call.findings.secret);
	add('denied-variants', isDeniedVariant(state, call));
	return labels;
}

/** True when what is run, where it goes or who gets it stands word for word in text from outside. */
function overlaps(state: SessionState, leaves: readonly Leaf[], search: TextSearch): boolean {
	const outside = state.texts.filter(({ untrusted }) => untrusted);
	const pieces = new Set(leaves.filter(({ steering }) => steering).flatMap(({ text }) => piecesOf(text)));
	// More than is looked at in a moment steers nothing honest: it counts as found.
	return pieces.size > MAX_PIECES || [...pieces].some(piece => search.finds(outside, piece));
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

function namesOther(state: SessionState, call: SessionCall, leaves: readonly Leaf[], search: TextSearch): boolean {
	const others = state.texts.filter(({ server }) => server !== call.server);
	if (others.length === 0) {
		return false;
	}
	const tool = call.tool.toLowerCase();
	const distinctive = tool.length >= 6 && (/[_.-]/.test(tool) || /[a-z][A-Z]/.test(call.tool));
	const outside = others.filter(({ untrusted }) => untrusted);
	return (
		(distinctive && search.finds(others, tool, (text, at) => isWord(text, at, tool.length))) ||
		leaves.some(({ text }) => text.length >= MIN_VALUE && search.finds(outside, text))
	);
}

function isWord(text: string, at: number, length: number): boolean {
	return !/[\w-]/.test(text[at - 1] ?? '') && !/[\w-]/.test(text[at + length] ?? '');
}

/** Suspended, or the retry that would make it so: the same tool denied before for the same, each time with other arguments. */
function isDeniedVariant(state: SessionState, call: SessionCall): boolean {
	const key = toolKey(call);
	const denied = state.denials.get(key) ?? [];
	return (
		state.suspended.has(key) ||
		(denied.length >= MANY_RETRIES && variantsAmong(denied, deniedCall(call)) >= MANY_RETRIES)
	);
}
