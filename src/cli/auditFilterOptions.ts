import { type AuditFilter } from '../domain/audit/auditFilter';
import { nearestKey } from '../domain/policy/nearestKey';
import { UsageError } from './commandLine';

/** The options that say which entries; those of every command that takes a `[FILTER]`. */
export const FILTER_ARGUMENTS = {
	agent: { type: 'string' },
	server: { type: 'string' },
	tool: { type: 'string' },
	capability: { type: 'string' },
	verdict: { type: 'string' },
	rule: { type: 'string' },
	label: { type: 'string' },
	review: { type: 'string' },
	trust: { type: 'string' },
	'server-version': { type: 'string' },
	session: { type: 'string' },
	text: { type: 'string' },
	kind: { type: 'string' },
	findings: { type: 'boolean' },
	since: { type: 'string' },
	until: { type: 'string' },
} as const;

/** What `[FILTER]` stands for in the help. */
export const FILTER_HELP = `FILTER is any of --agent --server --tool --capability --rule --label
                                       --session --review --server-version (each a name, compared exactly), --verdict
                                       (an effect or an outcome), --trust 0-4|declared|none|failed, --kind calls|events, --findings, --text (anywhere,
                                       in any case), --since and --until (a time, or 30m 2h 7d ago)`;

/** What {@link FILTER_ARGUMENTS} were given as. */
export type FilterValues = {
	readonly [Name in keyof typeof FILTER_ARGUMENTS]?: (typeof FILTER_ARGUMENTS)[Name]['type'] extends 'boolean'
		? boolean | undefined
		: string | undefined;
};

/** Effects of verdicts, and outcomes. */
const VERDICTS = [
	...['allow', 'require_approval', 'deny'],
	...['answered', 'quarantined', 'withheld', 'refused', 'failed', 'cancelled', 'passed', 'pending', 'noted'],
];

/** Options that are a member of the filter as they are. */
const TEXTS = ['agent', 'server', 'tool', 'capability', 'rule', 'label', 'review', 'trust', 'session', 'text'] as const;

const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** The filter that a command line asks for; `now` in milliseconds since 1970. Throws a {@link UsageError}. */
export function readAuditFilter(values: FilterValues, now: number): AuditFilter {
	const { verdict, kind, findings, since, until, 'server-version': version } = values;
	if (verdict !== undefined && !VERDICTS.includes(verdict)) {
		const near = nearestKey(verdict, VERDICTS);
		throw new UsageError(`--verdict takes one of ${VERDICTS.join(', ')}${near ? `; did you mean ${near}?` : ''}`);
	}
	if (kind !== undefined && kind !== 'calls' && kind !== 'events') {
		throw new UsageError('--kind takes calls or events');
	}
	const from = since === undefined ? undefined : readTime(since, now, '--since');
	const to = until === undefined ? undefined : readTime(until, now, '--until');
	if (from !== undefined && to !== undefined && from >= to) {
		throw new UsageError('--since is not before --until, so nothing can match');
	}
	return {
		...(Object.fromEntries(
			TEXTS.flatMap(name => (values[name] === undefined ? [] : [[name, values[name]]])),
		) as AuditFilter),
		...(version !== undefined && { version }),
		...(verdict !== undefined && { verdict }),
		...(kind !== undefined && { kind }),
		...(findings === true && { findings }),
		...(from !== undefined && { from }),
		...(to !== undefined && { to }),
	};
}

/** A moment, or so long ago. */
function readTime(text: string, now: number, option: string): string {
	const [, count, unit = ''] = /^(\d{1,6})([mhdw])$/.exec(text) ?? [];
	const time = count === undefined ? readMoment(text) : now - Number(count) * (UNITS[unit] ?? Number.NaN);
	const moment = new Date(time);
	if (Number.isNaN(moment.getTime())) {
		throw new UsageError(`${option} takes a time such as 2026-11-21T08:00:00Z or 2026-11-21, or 30m, 2h, 7d ago`);
	}
	return moment.toISOString();
}

/** ISO 8601 alone: what else `Date` reads depends on the machine. */
function readMoment(text: string): number {
	return /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2})?)?$/.test(text)
		? Date.parse(text)
		: Number.NaN;
}
