import { type ReviewSubject, type Severity } from './reviewSubject';

/** Every way in which what a server says can differ from what was reviewed, and how much that matters by itself. */
const KINDS = {
	'tool-added': ['medium', 'A tool that was not admitted before.'],
	'tool-removed': ['medium', 'A tool is gone.'],
	'tool-renamed': ['medium', 'The same tool under another name.'],
	'prompt-added': ['medium', 'A prompt that was not accepted before.'],
	'prompt-removed': ['low', 'A prompt is gone.'],
	'prompt-renamed': ['medium', 'The same prompt under another name.'],
	'template-added': ['medium', 'A resource template that was not accepted before.'],
	'template-removed': ['low', 'A resource template is gone.'],
	'template-renamed': ['medium', 'The same resource template under another address.'],
	'parameter-added': ['high', 'New parameter: the model may now be asked for more.'],
	'parameter-removed': ['medium', 'A parameter is gone.'],
	'parameter-required': ['medium', 'A parameter must be given now.'],
	'parameter-optional': ['low', 'A parameter may be left out now.'],
	'type-widened': ['high', 'A parameter takes more than before.'],
	'type-narrowed': ['low', 'A parameter takes less than before.'],
	'type-changed': ['high', 'A parameter is of another type.'],
	'schema-changed': ['medium', 'The schema of the arguments differs in another way.'],
	'output-changed': ['medium', 'The schema of the results differs.'],
	'new-instruction': ['high', 'New instruction to the model.'],
	'unseen-characters': ['high', 'The text has other characters that cannot be seen.'],
	'look-alike-characters': ['high', 'Letters were replaced by others that look the same.'],
	wording: ['medium', 'The wording differs.'],
	whitespace: ['low', 'Blanks and line ends only.'],
	'permission-hint': ['high', 'A permission hint claims less risk than before.'],
	'permission-hint-raised': ['low', 'A permission hint tells of more risk than before.'],
	'hint-changed': ['medium', 'An annotation differs.'],
	'instructions-added': ['high', 'The server now gives instructions to the model.'],
	'instructions-removed': ['low', 'The server gives no instructions to the model any more.'],
	'identity-changed': ['high', 'The server calls itself by another name.'],
	'version-changed': ['low', 'The server says that it is another version.'],
	'protocol-changed': ['low', 'The server speaks another revision of MCP.'],
	'member-changed': ['medium', 'Another part of it differs.'],
} as const satisfies Readonly<Record<string, readonly [Severity, string]>>;

/** What kind of change it is. */
export type SurfaceChangeKind = keyof typeof KINDS;

/** One difference between what was reviewed and what the server says now. */
export interface SurfaceChange {
	readonly kind: SurfaceChangeKind;
	readonly severity: Severity;
	readonly subject: ReviewSubject;
	/** Which parameter, member or former name. Attacker-controlled. */
	readonly where?: string;
	/** One sentence of ours; holds nothing of the server's. */
	readonly sentence: string;
}

/** A change of a kind, with the severity and the sentence that the kind has. */
export function surfaceChange(kind: SurfaceChangeKind, subject: ReviewSubject, where?: string): SurfaceChange {
	const [severity, sentence] = KINDS[kind];
	return { kind, severity, subject, ...(where !== undefined && { where }), sentence };
}
