/** What each label says of a session, or of a call against what the session did; the only list of them. */
const MEANINGS = {
	secret: 'A secret was read, or detected in a result.',
	'secret-elsewhere': 'A secret was read, and this call goes to another server than the one that gave it.',
	untrusted: 'Text from outside came back: web, issue, mail, or text shaped like instructions.',
	'overlaps-untrusted': 'An argument of this call repeats untrusted text in a command, URL or recipient.',
	'persistence-written':
		'Something was written that runs later: hooks, tasks, CI, shell start-up files, MCP configuration, package scripts.',
	'config-written': 'Configuration or policy was written.',
	'many-reads': 'Many distinct paths, or much data, were read.',
	'listed-then-deleting': 'This call deletes, after a listing and several deletions.',
	'names-other-server':
		'A result of another server named this call\u2019s tool, or its untrusted text holds this call\u2019s argument values.',
	'carries-secret': 'This call takes a secret, or a piece of it, that another server gave to this server.',
	'carries-untrusted': 'This call takes a passage of text from outside, that another server gave, to this server.',
	'instruction-shaped-arguments': 'The arguments of this call are shaped like instructions.',
	'secret-arguments': 'The arguments of this call hold a secret: plain, encoded, or cut up.',
	'denied-variants': 'This tool was denied and tried again with changed arguments, again and again.',
} as const;

/** One of {@link SESSION_LABELS}. */
export type SessionLabel = keyof typeof MEANINGS;

/** What a session has touched, and what a call looks like against that. Closed: policies may name these and no others. */
export const SESSION_LABELS = Object.keys(MEANINGS) as readonly SessionLabel[];

/** True for the labels that say nothing of where data came from or may go. What is not known says something. */
export function isCalmLabel(label: string): boolean {
	return label === 'many-reads';
}

/** What a label says, in one sentence; undefined for what is no label. */
export function labelMeaning(label: string): string | undefined {
	return SESSION_LABELS.some(known => known === label) ? MEANINGS[label as SessionLabel] : undefined;
}
