/** What a session has touched, and what a call looks like against that. Closed: policies may name these and no others. */
export const SESSION_LABELS = [
	/** A secret was read, or detected in a result. */
	'secret',
	/** The same, and this call goes to another server than the one that gave the secret. */
	'secret-elsewhere',
	/** Text from outside came back: web, issue, mail, or text shaped like instructions. */
	'untrusted',
	/** An argument of this call repeats untrusted text in a command, URL or recipient. */
	'overlaps-untrusted',
	/** Something was written that runs later: hooks, tasks, CI, shell start-up files, MCP configuration, package scripts. */
	'persistence-written',
	/** Configuration or policy was written. */
	'config-written',
	/** Many distinct paths, or much data, were read. */
	'many-reads',
	/** This call deletes, after a listing and several deletions. */
	'listed-then-deleting',
	/** A result of another server named this call's tool, or its untrusted text holds this call's argument values. */
	'names-other-server',
	/** The arguments of this call are shaped like instructions. */
	'instruction-shaped-arguments',
	/** The arguments of this call hold a secret: plain, encoded, or cut up. */
	'secret-arguments',
	/** This tool was denied and tried again with changed arguments, again and again. */
	'denied-variants',
] as const;

/** One of {@link SESSION_LABELS}. */
export type SessionLabel = (typeof SESSION_LABELS)[number];
