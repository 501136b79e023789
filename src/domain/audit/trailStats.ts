import { type AuditStats, type Ranked } from './auditFilter';
import { type AuditEntry } from './auditRecord';
import { refusalOf, rulesOf } from './matchesFilter';

/** Values that are counted by name; further ones, which only a flood of made-up names has, are not told apart. */
const MAX_NAMES = 10_000;

const TOP = 10;

const STEPS = ['decide', 'approval', 'upstream', 'screen', 'write'] as const;

/**
 * Sums over entries, one at a time; memory does not grow with the trail. Times are kept to three digits, so a percentile is
 * exact to half a percent. Give it each call once ({@link VerdictFold}).
 */
export class TrailStats {
	private entries = 0;
	private calls = 0;
	private from: string | undefined;
	private to: string | undefined;
	private readonly verdicts = new Tally();
	private readonly outcomes = new Tally();
	private readonly servers = new Tally();
	private readonly tools = new Tally();
	private readonly rules = new Tally();
	private readonly refusals = new Tally();
	private readonly times = new Map(STEPS.map(step => [step, new Map<number, number>()] as const));

	add(entry: AuditEntry): void {
		this.entries++;
		this.from = this.from === undefined || entry.at < this.from ? entry.at : this.from;
		this.to = this.to === undefined || entry.at > this.to ? entry.at : this.to;
		this.verdicts.add(entry.verdict?.effect);
		this.outcomes.add(entry.outcome);
		this.servers.add(entry.server?.name);
		this.tools.add(entry.tool);
		for (const rule of rulesOf(entry)) {
			this.rules.add(rule);
		}
		this.refusals.add(refusalOf(entry));
		if (entry.kind === 'call') {
			this.calls++;
			this.addTimes(entry.latency);
		}
	}

	result(): AuditStats {
		return {
			entries: this.entries,
			calls: this.calls,
			byVerdict: this.verdicts.ranked(),
			byOutcome: this.outcomes.ranked(),
			top: {
				servers: this.servers.ranked(TOP),
				tools: this.tools.ranked(TOP),
				rules: this.rules.ranked(TOP),
				refusals: this.refusals.ranked(TOP),
			},
			latency: Object.fromEntries(
				[...this.times].map(([step, times]) => [step, percentiles(times)]),
			) as AuditStats['latency'],
			...(this.from !== undefined && { from: this.from }),
			...(this.to !== undefined && { to: this.to }),
		};
	}

	private addTimes(latency: AuditEntry['latency']): void {
		for (const [step, times] of this.times) {
			const took: unknown = latency?.[step];
			if (typeof took === 'number' && took >= 0 && Number.isFinite(took)) {
				const kept = Number(took.toPrecision(3));
				times.set(kept, (times.get(kept) ?? 0) + 1);
			}
		}
	}
}

class Tally {
	private readonly counts = new Map<string, number>();

	add(value: unknown): void {
		if (typeof value === 'string' && (this.counts.has(value) || this.counts.size < MAX_NAMES)) {
			this.counts.set(value, (this.counts.get(value) ?? 0) + 1);
		}
	}

	ranked(most?: number): readonly Ranked[] {
		return [...this.counts]
			.map(([value, count]) => ({ value, count }))
			.sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1))
			.slice(0, most);
	}
}

/** Median and 99th percentile of values with how often each was measured, by nearest rank; zeros where none was. */
export function percentiles(times: ReadonlyMap<number, number>): { p50: number; p99: number } {
	const sorted = [...times].sort(([a], [b]) => a - b);
	const total = sorted.reduce((sum, [, count]) => sum + count, 0);
	const at = (share: number) => {
		let left = Math.ceil(total * share);
		return sorted.find(([, count]) => (left -= count) <= 0)?.[0] ?? 0;
	};
	return { p50: at(0.5), p99: at(0.99) };
}
