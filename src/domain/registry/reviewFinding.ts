import { type Phrase } from '../../base/phrase';
import { type ReviewSubject, type Severity } from './reviewSubject';

/** Everything that a reviewer is warned of, with what is said of it and what to do about it. */
const KINDS = {
	'hidden-text': ['high', 'Holds text that you do not see and a model does.', 'Do not admit it; ask its maker why.'],
	'unusual-characters': [
		'medium',
		'Holds characters that cannot be seen.',
		'Read it as shown here, where they are spelt out.',
	],
	'instruction-shaped': [
		'high',
		'Tells the model what to do, beyond what it describes.',
		'Admit it only when you want the model to follow this text.',
	],
	'faint-instruction': ['low', 'Has a turn of phrase that instructions use as well.', 'Read the text once.'],
	'harvests-context': [
		'high',
		'A parameter asks for things of yours that the task does not need: conversation, instructions, files or secrets.',
		'Do not admit it unless that is what the tool is for.',
	],
	'names-secret-place': [
		'high',
		'The text names a place where keys or passwords lie.',
		'Do not admit it unless that is what the tool is for.',
	],
	'shadows-tool': [
		'medium',
		'Another guarded server has a tool of this name.',
		'The model may take one for the other; admit the one that you want.',
	],
	'looks-alike': [
		'high',
		'Its name can be taken for that of another tool.',
		'Make sure that it is not there to be called by mistake.',
	],
	'near-name': ['low', 'Its name differs by one character from another tool.', 'Look which one you mean.'],
	'names-other-tool': [
		'high',
		'The text speaks of a tool or of a server that is another one.',
		'A tool has no business with tools of other servers; do not admit it unless you know why.',
	],
	'names-unknown-tool': [
		'medium',
		'The text tells the model to use a tool that this server does not have.',
		'Ask what it wants of the other tool.',
	],
	'server-looks-alike': [
		'high',
		'The server calls itself by a name that can be taken for another guarded one.',
		'Make sure that this is the server that you meant.',
	],
	'hint-contradicts': [
		'medium',
		'Calls itself harmless, which does not fit what it counts as.',
		'The hint is not believed: the editor is told the opposite.',
	],
	'too-long': ['medium', 'The text is far longer than a description needs.', 'Read all of it, or do not admit it.'],
	'takes-anything': [
		'low',
		'Takes arguments that it does not declare.',
		'Its schema does not tell what may be sent.',
	],
	'gives-instructions': [
		'low',
		'The server gives instructions that every conversation with its tools reads.',
		'Read them; approving the server accepts them.',
	],
	'holds-secret': ['high', 'Holds what looks like a key or password.', 'Tell its maker; do not use it yourself.'],
	'supply-gap': ['medium', 'A part of what runs is not pinned.', 'Approving the server accepts that.'],
	'runs-anything': [
		'high',
		'Its command starts another program, or a script by its name: what runs can be another thing each time.',
		'Name the program itself in its file. Approving the server accepts whatever that command starts.',
	],
	'version-not-pinned': [
		'high',
		'The launch names no exact version: the next start may run something else.',
		'Pin the version in the launch; it cannot be approved before.',
	],
	'probe-mismatch': [
		'high',
		'When it was probed, it did more than what it counts as covers.',
		'Say what it really does or probe it again; ticking it by hand accepts it as it is.',
	],
	'probe-server-mismatch': [
		'high',
		'When it was probed, the server did by itself what none of its tools covers.',
		'Say what its tools really do or probe it again; it cannot be approved before.',
	],
	'install-scripts': [
		'medium',
		'Installing the package runs scripts of its own.',
		'Look at them, or install it without scripts.',
	],
} as const satisfies Readonly<Record<string, readonly [Severity, string, string]>>;

/** What kind of warning it is. */
export type ReviewFindingKind = keyof typeof KINDS;

/** One thing that a reviewer should know before admitting something. */
export interface ReviewFinding {
	readonly kind: ReviewFindingKind;
	readonly severity: Severity;
	readonly subject: ReviewSubject;
	/** A JSON pointer, a name or, of a supply gap, the sentence that tells it. May be attacker-controlled. */
	readonly where?: string | Phrase;
	/** One sentence of ours. */
	readonly sentence: string;
	/** What to do, one sentence of ours. */
	readonly advice: string;
}

/** A finding of a kind, with the severity and the words that the kind has. */
export function reviewFinding(kind: ReviewFindingKind, subject: ReviewSubject, where?: string | Phrase): ReviewFinding {
	const [severity, sentence, advice] = KINDS[kind];
	return { kind, severity, subject, ...(where !== undefined && { where }), sentence, advice };
}

/** True for what forbids approval until it is settled. */
export function isBlocker({ kind }: Pick<ReviewFinding, 'kind'>): boolean {
	return kind === 'version-not-pinned' || kind === 'probe-server-mismatch';
}
