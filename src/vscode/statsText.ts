import { type AuditStats, type Ranked } from '../domain/audit/auditFilter';
import { say } from './say';

/** The sums of a trail as plain text for a document. `quote` makes one harmless line of an attacker-controlled text. */
export function statsText(stats: AuditStats, quote: (text: string, max: number) => string): string {
	const { entries, calls, byVerdict, byOutcome, top, latency, from, to } = stats;
	const steps = Object.entries(latency).map(
		([step, { p50, p99 }]) => `${step.padEnd(12)} ${millis(p50)} ${millis(p99)}`,
	);
	return [
		say('Audit trail of MCP Firewall'),
		'',
		from === undefined || to === undefined
			? say('{0} entries, {1} of them calls', entries, calls)
			: say('{0} entries, {1} of them calls, from {2} to {3}', entries, calls, quote(from, 40), quote(to, 40)),
		...section(say('By verdict'), byVerdict, quote),
		...section(say('By outcome'), byOutcome, quote),
		...section(say('Most used servers'), top.servers, quote),
		...section(say('Most used tools'), top.tools, quote),
		...section(say('Rules that decided most'), top.rules, quote),
		...section(say('Reasons of refusals'), top.refusals, quote),
		'',
		say('Milliseconds of a call, by step: median, 99th percentile'),
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
