import { type AuditStats, type Ranked } from '../domain/audit/auditFilter';

/** The sums of a trail as plain text for a document. `quote` makes one harmless line of an attacker-controlled text. */
export function statsText(stats: AuditStats, quote: (text: string, max: number) => string): string {
	const { entries, calls, byVerdict, byOutcome, top, latency, from, to } = stats;
	const steps = Object.entries(latency).map(
		([step, { p50, p99 }]) => `${step.padEnd(12)} ${millis(p50)} ${millis(p99)}`,
	);
	return [
		'Audit trail of MCP Firewall',
		'',
		`${String(entries)} entries, ${String(calls)} of them calls${from === undefined || to === undefined ? '' : `, from ${quote(from, 40)} to ${quote(to, 40)}`}`,
		...section('By verdict', byVerdict, quote),
		...section('By outcome', byOutcome, quote),
		...section('Most used servers', top.servers, quote),
		...section('Most used tools', top.tools, quote),
		...section('Rules that decided most', top.rules, quote),
		...section('Reasons of refusals', top.refusals, quote),
		'',
		'Milliseconds of a call, by step: median, 99th percentile',
		...steps,
		'',
	].join('\n');
}

function section(title: string, ranked: readonly Ranked[], quote: (text: string, max: number) => string): string[] {
	return ranked.length === 0
		? []
		: ['', title, ...ranked.map(({ value, count }) => `${String(count).padStart(9)}  ${quote(value, 120)}`)];
}

function millis(value: number): string {
	return (Number.isFinite(value) ? value.toFixed(1) : '-').padStart(10);
}
