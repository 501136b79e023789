import { type AuditRow, TRUST_LEVEL_NAMES } from '../shared/auditView';
import { say } from './say';

/** How a row is meant: every tone has its own colour, icon and word, so none of them stands alone. */
export type Tone = 'good' | 'asked' | 'bad' | 'warn' | 'quiet' | 'event';

/** Names of the panel's icons. */
export type IconName = 'pass' | 'person' | 'slash' | 'shield' | 'error' | 'clock' | 'arrow' | 'eye' | 'pulse';

/** The outcome of a row in one word. */
export interface Status {
	readonly tone: Tone;
	readonly icon: IconName;
	readonly word: string;
}

/** Events that a person should not overlook. */
const ALARMING = new Set<string>([
	...['server-drifted', 'server-suspended', 'server-revoked', 'policy-broken', 'emergency-stop'],
	...['grant-refused', 'segments-removed', 'trail-key-changed'],
	...['identity-failed', 'identity-changed', 'break-glass-used'],
]);

type StatusSource = Pick<AuditRow, 'kind' | 'outcome' | 'event' | 'released'> & {
	readonly verdict?: NonNullable<AuditRow['verdict']> | undefined;
	readonly findings?: Pick<NonNullable<AuditRow['findings']>, 'worst'> | undefined;
};

/** What a row says in its verdict column: the outcome where that differs from the verdict, else the verdict. */
export function statusOf(row: StatusSource): Status {
	const effect = row.verdict?.effect;
	if (row.kind === 'lifecycle') {
		const alarming = ALARMING.has(row.event ?? '');
		return { tone: alarming ? 'warn' : 'event', icon: 'pulse', word: say('Event') };
	}
	if (row.released !== undefined && (row.outcome === 'quarantined' || row.outcome === 'answered')) {
		return { tone: 'warn', icon: 'person', word: say('Released') };
	}
	switch (row.outcome) {
		case 'answered':
		case 'passed':
		case 'noted':
			if (row.verdict?.observed !== undefined && row.verdict.observed !== 'allow') {
				return {
					tone: 'warn',
					icon: 'eye',
					word: row.verdict.observed === 'deny' ? say('Would deny') : say('Would ask'),
				};
			}
			if (row.findings?.worst === 'high' || row.findings?.worst === 'medium') {
				return { tone: 'warn', icon: 'eye', word: say('Notice') };
			}
			if (effect === 'require_approval') {
				return { tone: 'asked', icon: 'person', word: say('Approved') };
			}
			return row.outcome === 'answered' && effect !== undefined
				? { tone: 'good', icon: 'pass', word: say('Allowed') }
				: { tone: 'quiet', icon: 'arrow', word: verdictWord(row.outcome) };
		case 'quarantined':
			return { tone: 'warn', icon: 'shield', word: say('Quoted') };
		case 'withheld':
			return { tone: 'bad', icon: 'shield', word: say('Withheld') };
		case 'refused':
			return {
				tone: 'bad',
				icon: 'slash',
				word: effect === 'require_approval' ? say('Not approved') : say('Denied'),
			};
		case 'failed':
			return { tone: 'bad', icon: 'error', word: say('Failed') };
		case 'cancelled':
			return { tone: 'quiet', icon: 'error', word: say('Cancelled') };
		case 'pending':
			return { tone: 'quiet', icon: 'clock', word: say('Pending') };
	}
}

/** The same of a whole entry, whose findings are not counted yet. */
export function statusOfEntry({ kind, outcome, event, released, verdict }: Omit<StatusSource, 'findings'>): Status {
	return statusOf({ kind, outcome, verdict, ...(event && { event }), ...(released && { released }) });
}

/** The tone of a finding by its severity. */
export function severityTone(severity: string | undefined): Tone {
	return severity === 'high' ? 'bad' : severity === 'medium' ? 'warn' : 'quiet';
}

const VERDICT_WORDS: Readonly<Record<string, string>> = {
	allow: 'Allow',
	require_approval: 'Require approval',
	deny: 'Deny',
	answered: 'Answered',
	quarantined: 'Quoted',
	withheld: 'Withheld',
	refused: 'Refused',
	failed: 'Failed',
	cancelled: 'Cancelled',
	passed: 'Passed',
	pending: 'Pending',
	noted: 'Noted',
};

/** An effect or outcome as the verdict filter names it. */
export function verdictWord(value: string): string {
	return own(VERDICT_WORDS, value) ?? value;
}

const APPROVAL_WORDS: Readonly<Record<string, string>> = {
	'allowed-once': 'Allowed once',
	'allowed-session': 'For session',
	'allowed-hour': 'For an hour',
	'allowed-workspace': 'For workspace',
	denied: 'Denied',
	dismissed: 'Dismissed',
	timeout: 'Timed out',
	cancelled: 'Cancelled',
	unavailable: 'Nobody to ask',
	'too-long-to-show': 'Too long to show',
	grant: 'By grant',
	'denied-before': 'Denied before',
	'dismissed-before': 'Dismissed before',
};

/** What a person answered, in words. */
export function approvalWord(value: string): string {
	return own(APPROVAL_WORDS, value) ?? value;
}

const EVENT_WORDS: Readonly<Record<string, string>> = {
	'trail-opened': 'Audit trail opened',
	'segment-opened': 'Audit trail goes on in a new file',
	'streams-witnessed': 'Other windows of the trail noted',
	'segments-removed': 'Old entries removed',
	'trail-exported': 'Audit trail exported',
	'trail-key-changed': 'Audit trail signed with another key',
	'credential-used': 'Credential given to the server',
	'list-changed': 'Server changed what it offers',
	'approval-shown': 'A person was asked',
	'approval-answered': 'A person answered',
	'grant-used': 'Let go by a grant',
	'server-guarded': 'Server guarded',
	'server-released': 'Server released',
	'server-reviewed': 'Server reviewed',
	'server-drifted': 'Server drifted from its pins',
	'server-probed': 'Server probed',
	'credential-rotated': 'Credential replaced',
	'credential-revoked': 'Credential revoked',
	'server-revoked': 'Server revoked',
	'server-suspended': 'Server suspended',
	'server-resumed': 'Server resumed',
	'registry-imported': 'Signed registry taken in',
	'registry-exported': 'Signed registry given out',
	'upstream-started': 'Server started',
	'upstream-ended': 'Server ended',
	'policy-loaded': 'Policy loaded',
	'policy-broken': 'Policy broken: everything is denied',
	'policy-trusted': 'Workspace policy trusted: its allow rules count',
	'policy-trust-withdrawn': 'Workspace policy no longer trusted',
	'answer-released': 'Withheld answer released',
	'emergency-stop': 'Emergency stop',
	'emergency-resume': 'Resumed after emergency stop',
	'grant-made': 'Grant made',
	'grant-revoked': 'Grant taken back',
	'grant-voided': 'Grant void',
	'grant-refused': 'Stored grant refused',
	'approvals-paused': 'Approvals paused',
	'identity-verified': 'Server identity verified',
	'identity-failed': 'Server identity FAILED',
	'identity-changed': 'Server identity changed',
	'identity-forgotten': 'Server identity forgotten',
	'issuer-trusted': 'Issuer trusted',
	'caller-identity-added': 'Caller identity added',
	'caller-identity-removed': 'Caller identity removed',
	'break-glass-used': 'Break-glass used',
	'break-glass-refused': 'Break-glass token refused',
	'break-glass-ended': 'Break-glass ended',
};

/** A lifecycle event in words. */
export function eventWord(value: string | undefined): string {
	return value === undefined ? say('Event') : (own(EVENT_WORDS, value) ?? value);
}

const HELD_BACK_WORDS: Readonly<Record<string, string>> = {
	undeclared: 'not declared by what was reviewed',
	meta: 'not needed by the protocol',
	root: 'a folder that the server may not be told of',
	'client-info': 'more about the client than name and version',
	sensitive: 'more sensitive than this server may be sent',
	'personal-data': 'personal data',
};

/** Why a part of a message was not sent as it was. */
export function heldBackWord(value: string): string {
	return own(HELD_BACK_WORDS, value) ?? value;
}

const REASON_WORDS: Readonly<Record<string, string>> = {
	policy_allow: 'Allowed by a rule',
	policy_require_approval: 'A rule asks for approval',
	policy_deny: 'Denied by a rule',
	destructive_operation: 'Deletes or drops, so denied',
	policy_default_deny: 'No rule matched, so denied',
	server_identity_failed: 'The identity of the server failed',
	badge_missing: 'The server has not proven who it is',
	badge_invalid: 'The badge of the server does not hold',
	badge_expired: 'The badge of the server has expired',
	badge_revoked: 'The badge of the server was revoked',
	issuer_untrusted: 'The issuer of the badge is not trusted',
	trust_insufficient: 'The level of the server is too low',
	tool_not_allowed: 'The lists of tools do not let it run',
};

/** What a row says beside its rule: the author's reason; a code of the product's own only where no rule says more. */
export function rowReason(verdict: NonNullable<AuditRow['verdict']>): string | undefined {
	const meaning = reasonWord(verdict.reason);
	if (meaning === undefined) {
		return verdict.reason;
	}
	return verdict.rule === undefined || verdict.reason === 'destructive_operation' ? meaning : undefined;
}

/** What a reason code means, where the product defines it; the author's own reasons speak for themselves. */
export function reasonWord(code: string): string | undefined {
	return own(REASON_WORDS, code);
}

function own(words: Readonly<Record<string, string>>, key: string): string | undefined {
	const word = Object.hasOwn(words, key) ? words[key] : undefined;
	return word === undefined ? undefined : say(word);
}

const TRUST_WORDS: Readonly<Record<string, string>> = {
	declared: 'Declared only',
	none: 'None',
	failed: 'Failed',
};

const LEVEL_NAMES: Readonly<Record<string, { readonly name: string }>> = TRUST_LEVEL_NAMES;

/** What a value of the facet `trust` means. */
export function trustWord(value: string): string {
	const level = Object.hasOwn(LEVEL_NAMES, value) ? LEVEL_NAMES[value] : undefined;
	return level === undefined ? (own(TRUST_WORDS, value) ?? value) : say('Verified: {0} ({1})', level.name, value);
}
