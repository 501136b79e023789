import { type AuditFilter, type AuditStats, type Ranked } from '../domain/audit/auditFilter';
import { TrailStats } from '../domain/audit/trailStats';
import { exportedItems } from '../storage/exportTrail';
import { withTrail } from './auditCommands';
import { type CliOutput } from './output';
import { printable } from './printable';

/** `audit stats DIR`: sums over what matches, read once; nothing is held but the sums. Does not verify. */
export function auditStats(dir: string, filter: AuditFilter, json: boolean, out: CliOutput): Promise<number> {
	return withTrail('audit stats', dir, out, async () => {
		const stats = new TrailStats();
		for await (const { entry } of exportedItems({ dir, filter })) {
			stats.add(entry);
		}
		const result = stats.result();
		if (json) {
			out.stdout(printable(JSON.stringify(result)));
		} else {
			for (const line of statsLines(result)) {
				out.stdout(printable(line));
			}
		}
		return 0;
	});
}

function statsLines({ entries, calls, from, to, byVerdict, byOutcome, top, latency }: AuditStats): readonly string[] {
	return [
		`${String(entries)} entries, ${String(calls)} of them calls${from === undefined ? '' : `, from ${from} to ${to ?? from}`}`,
		...table('Verdicts', byVerdict),
		...table('Outcomes', byOutcome),
		...table('Servers', top.servers),
		...table('Tools', top.tools),
		...table('Rules', top.rules),
		...table('Refused because of', top.refusals),
		'Milliseconds of calls, median and 99th percentile',
		...Object.entries(latency).map(
			([step, { p50, p99 }]) => `  ${step.padEnd(24)}${String(p50).padStart(10)}${String(p99).padStart(10)}`,
		),
	];
}

function table(title: string, rows: readonly Ranked[]): readonly string[] {
	return rows.length === 0
		? []
		: [title, ...rows.map(({ value, count }) => `  ${value.padEnd(24)}${String(count).padStart(10)}`)];
}
