import { join } from 'node:path';
import { type Clock, type IdSource } from '../base/clock';
import { type Disposable } from '../base/disposable';
import { errorText, FirewallError } from '../base/errors';
import { Emitter, type Event } from '../base/event';
import { type Logger } from '../base/logger';
import { type AuditRecord } from '../domain/audit/auditRecord';
import { type AnchoredHead, type SegmentTombstone, type TrailSigner } from '../domain/audit/checkpoint';
import { type AuditTrail } from '../firewall/ports';
import { type HeadAnchor } from './headAnchor';
import { prunePolicies } from './policyPruning';
import { eachUnwanted, leapFrom, type ListedSegment, listSegments, type RetentionLimits } from './retentionPlan';
import { segmentFacts, type SegmentFacts } from './segmentFacts';
import { ownTombstone, type RemovalFiles, removalFiles, tombstoneOf } from './tombstoneFile';
import { whileAlone } from './windowLock';

/** After the start, which has better things to do, ms. */
const FIRST_AFTER_MS = 60_000;
const DAY_MS = 86_400_000;
/**
 * The newest segment of a stream that nobody closed may belong to a window that is only idle: it goes when its last entry is so much
 * older than the limit asks for, ms.
 */
const IDLE_MS = 30 * DAY_MS;

/** What retention works with. */
export interface RetentionParts {
	/** Absolute; holds `trail/` and `policies/`. */
	readonly dataDirectory: string;
	/** Asked at each run. */
	readonly limits: () => RetentionLimits;
	readonly trail: Pick<AuditTrail, 'append'>;
	readonly signer: TrailSigner;
	readonly anchor: Pick<HeadAnchor, 'heads'>;
	readonly clock: Clock;
	readonly ids: IdSource;
	readonly logger: Logger;
	/** Left out: the file system. */
	readonly files?: RemovalFiles;
}

/** What a run did. */
export interface RetentionReport {
	readonly segments: number;
	readonly entries: number;
	/** Sentences about segments that should go and may not. */
	readonly kept: readonly string[];
}

interface Removal {
	readonly segment: ListedSegment;
	readonly facts: SegmentFacts;
	readonly tombstone: SegmentTombstone;
	/** An earlier run wrote its tombstone. */
	readonly isLate: boolean;
}

/**
 * Removes what is older, or more, than a person wants to keep of the trail: whole segments, oldest first. Each leaves a signed record of
 * itself in its place, which is on the disk before `segments-removed` is recorded, which is on the disk before the file goes.
 * An end between any two of these leaves an honest trail, and the next run finishes. A segment that is not what was
 * written stays: it is evidence.
 */
export class Retention implements Disposable {
	private readonly failed = new Emitter<string>();
	private readonly cancelled = new AbortController();
	private timer: Disposable | undefined;
	private running: Promise<unknown> = Promise.resolve();

	/** A run failed, or left something that should go; one sentence for a person. The log has it too. */
	readonly onDidFail: Event<string> = this.failed.event;

	constructor(private readonly parts: RetentionParts) {}

	/** Runs in the background a minute from now, and daily. */
	start(): void {
		this.wait(FIRST_AFTER_MS);
	}

	/** One run; one window of this user at a time. Rejects when it cannot do its work. */
	run(): Promise<RetentionReport> {
		const { signal } = this.cancelled;
		return whileAlone(join(this.parts.dataDirectory, 'retention'), () => this.runAlone(signal), signal);
	}

	dispose(): void {
		this.cancelled.abort();
		this.timer?.dispose();
		this.failed.dispose();
	}

	/** Resolves once no run of its own accord is under way. Never rejects. */
	async settled(): Promise<void> {
		await this.running;
	}

	private wait(ms: number): void {
		this.timer = this.parts.clock.schedule(ms, () => {
			this.running = this.runNow();
		});
	}

	private async runNow(): Promise<void> {
		try {
			const { kept } = await this.run();
			if (kept.length > 0) {
				this.tell(`Retention left what it should remove: ${kept.slice(0, 3).join(' ')}`);
			}
		} catch (error) {
			const isBusy = error instanceof FirewallError && error.code === 'deadline-exceeded';
			if (isBusy) {
				this.parts.logger.info('Another window is removing old parts of the audit trail.');
			} else if (!this.cancelled.signal.aborted) {
				this.tell(`Old parts of the audit trail could not be removed: ${errorText(error)}`);
			}
		}
		if (!this.cancelled.signal.aborted) {
			this.wait(DAY_MS);
		}
	}

	private tell(sentence: string): void {
		this.parts.logger.error(sentence);
		this.failed.fire(sentence);
	}

	private async runAlone(signal: AbortSignal): Promise<RetentionReport> {
		const { dataDirectory, anchor, limits, clock } = this.parts;
		const segments = await listSegments(join(dataDirectory, 'trail'));
		const heads = new Map((await anchor.heads()).map(head => [head.stream, head]));
		const kept: string[] = [];
		const removals: Removal[] = [];
		const take = async (segment: ListedSegment, why?: string, before?: string): Promise<boolean> => {
			const found = await this.prepare(segment, heads.get(segment.name.stream), { why, before, signal });
			if (typeof found === 'string') {
				kept.push(found);
			} else if (found !== undefined) {
				removals.push(found);
			}
			return typeof found === 'object';
		};
		const late = segments.filter(({ hasTombstone }) => hasTombstone);
		for (const segment of late) {
			await take(segment);
		}
		const gone = new Set(removals.map(({ segment }) => segment));
		const left = segments.filter(segment => !gone.has(segment));
		const wanted = limits();
		const leap = wanted.days > 0 ? leapFrom(segments, clock.now()) : undefined;
		if (leap !== undefined) {
			kept.push(`Nothing goes by age today: before it, the trail ends on ${leap}, and the clock may be wrong.`);
		}
		const trusted = leap === undefined ? wanted : { ...wanted, days: 0 };
		await eachUnwanted(left, trusted, clock.now(), ({ segment, why, before }) => take(segment, why, before));
		await this.record(removals);
		for (const { segment } of removals) {
			await (this.parts.files ?? removalFiles).remove(segment.file);
		}
		if (removals.length > 0) {
			await prunePolicies(dataDirectory, clock.now(), signal);
		}
		kept.forEach(sentence => this.parts.logger.warn(sentence));
		return { segments: removals.length, entries: entriesOf(removals), kept };
	}

	/** Writes the tombstone. Undefined for what the limits do not mean after all, a sentence for what must stay. */
	private async prepare(
		segment: ListedSegment,
		head: AnchoredHead | undefined,
		{ why, before, signal }: { why: string | undefined; before: string | undefined; signal: AbortSignal },
	): Promise<Removal | string | undefined> {
		const { signer, clock, files = removalFiles } = this.parts;
		const { file, name } = segment;
		const inThis = head?.segment === name.number ? head : undefined;
		const reading = await segmentFacts(file, name, inThis, signal);
		if (!reading.ok) {
			// Nobody but a forger gains from its end.
			return why === undefined ? undefined : `${file} stays, though it is ${why}: ${reading.why}.`;
		}
		const { facts } = reading;
		const own = segment.hasTombstone ? await ownTombstone(file, name, facts, signer) : undefined;
		if (own !== undefined) {
			return { segment, facts, tombstone: own, isLate: true };
		}
		if (why === undefined || !mayGo(segment, facts, before)) {
			return undefined;
		}
		const removedAt = new Date(clock.now()).toISOString();
		const tombstone = tombstoneOf(name, facts, { removedAt, why }, signer);
		await files.writeTombstone(file, tombstone);
		return { segment, facts, tombstone, isLate: false };
	}

	/** INVARIANT: nothing leaves the trail unsaid. On the disk before anything is removed. */
	private async record(removals: readonly Removal[]): Promise<void> {
		const { trail, clock, ids } = this.parts;
		const groups = new Map<string, Removal[]>();
		for (const removal of removals) {
			const why = `${removal.tombstone.why}${removal.isLate ? ' (an earlier removal that was interrupted)' : ''}`;
			groups.set(why, [...(groups.get(why) ?? []), removal]);
		}
		for (const [why, group] of groups) {
			const record: AuditRecord = {
				...{ id: ids.uuid(), at: new Date(clock.now()).toISOString(), kind: 'lifecycle', outcome: 'noted' },
				...{ event: 'segments-removed', actor: 'firewall', detail: `${describe(group)}: ${why}` },
			};
			await trail.append(record, 'synced');
		}
	}
}

/** Whether nothing will be written to a segment any more, and all of it is as old as it has to be. */
function mayGo(
	{ isNewest }: ListedSegment,
	{ seals, youngest, meetsHead }: SegmentFacts,
	before: string | undefined,
): boolean {
	if (before !== undefined && youngest >= before) {
		return false;
	}
	if (seals !== undefined) {
		return seals === 'closed' || !isNewest;
	}
	// Left open by a crash. Where its end is known from outside, a record can stand for it.
	return before !== undefined && isNewest && meetsHead && Date.parse(youngest) < Date.parse(before) - IDLE_MS;
}

function entriesOf(removals: readonly Removal[]): number {
	return removals.reduce((sum, { facts: { first, last } }) => sum + last.seq - first.seq + 1, 0);
}

function describe(removals: readonly Removal[]): string {
	const days = removals.map(({ segment }) => segment.name.day).sort();
	const bytes = removals.reduce((sum, { facts }) => sum + facts.bytes, 0);
	const [one, many] = removals.length === 1 ? ['segment', ''] : ['segments', ` to ${days.at(-1) ?? ''}`];
	const what = `${String(removals.length)} ${one} with ${String(entriesOf(removals))} entries, ${String(bytes)} bytes`;
	return `${what}, of ${days[0] ?? ''}${many}`;
}
