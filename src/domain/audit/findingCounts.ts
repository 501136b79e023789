import { type Finding } from '../inspection/finding';
import { SEVERITIES, type Severity } from '../policy/inspectionPolicy';
import { type AuditRecord } from './auditRecord';

/** What inspection saw of one message, in numbers. */
export interface FindingCounts {
	/** Findings that the entry keeps, suppressed ones too. */
	readonly found: number;
	/** The gravest of what the other side said, without what is suppressed and without secrets. */
	readonly worst?: Severity;
	/** Findings that a suppression made milder. */
	readonly suppressed: number;
	/** Secrets of the answer that were masked. */
	readonly masked: number;
}

/** The numbers of an entry; undefined where inspection saw nothing. Never throws, whatever a forger wrote. */
export function findingCounts(
	entry: Pick<AuditRecord, 'findings' | 'suppressed' | 'masked'>,
): FindingCounts | undefined {
	const findings = listOf(entry.findings);
	const suppressed = listOf(entry.suppressed);
	const masked = typeof entry.masked === 'number' ? entry.masked : 0;
	if (findings.length === 0 && suppressed.length === 0 && masked === 0) {
		return undefined;
	}
	const quiet = new Set(suppressed.map(({ rule }) => rule));
	const worst = worstOf(findings.filter(({ kind, rule }) => kind !== 'secret' && !quiet.has(rule)));
	return {
		found: findings.length,
		...(worst !== undefined && { worst }),
		suppressed: suppressed.reduce((sum, { count }) => sum + count, 0),
		masked,
	};
}

function worstOf(findings: readonly Finding[]): Severity | undefined {
	const seen = new Set(findings.map(({ severity }) => severity));
	return SEVERITIES.findLast(severity => seen.has(severity));
}

function listOf<T>(list: readonly T[] | undefined): readonly T[] {
	return Array.isArray(list) ? (list as readonly T[]) : [];
}
