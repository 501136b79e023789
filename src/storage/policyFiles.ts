import { type Clock } from '../base/clock';
import { type Disposable } from '../base/disposable';
import { Emitter } from '../base/event';
import { samePath } from '../base/samePath';
import { parsePolicy } from '../domain/policy/parsePolicy';
import { type LockedSetting, type OrganisationLocks, sameLocks } from '../domain/policy/organisationLocks';
import { type PolicyLoad } from '../domain/policy/policy';
import { type PolicyBundle } from '../domain/policy/policyBundle';
import { FileSigns } from './fileSigns';
import { LookTimer } from './lookTimer';
import { changeBetween, type PolicyChange, type PolicyLayerFile } from './policyChange';
import { readPolicyFile } from './policyFile';
import { type PolicyFilesOptions, type PolicyReading, readPolicies, unsettled } from './policyReading';
import { bundleOf } from './readingBundle';
import { systemClock } from './system';

/** Milliseconds between two looks at files that are being written. */
const LOOK_MS = 100;
/** Milliseconds for which nothing must have changed before the files count as whole. */
const QUIET_MS = 400;
/** Milliseconds after the first sign of a change until which the last good policy stays while the files cannot be used. */
const GRACE_MS = 450;
/**
 * Milliseconds after the first sign of a change from which files that are still being written deny everything: what can be
 * read of them may lack its end, and the policy before must not be kept in force by whoever never stops writing.
 */
const MOVING_MS = 550;
/** Milliseconds by which a machine that stands still makes those terms longer, at most: a change counts within a second. */
const STALL_MS = 400;

/**
 * The policy in force, read from files and re-read when they change, as a whole. What cannot be read or parsed decides
 * deny, after a grace of {@link GRACE_MS} in which the last good policy stays. A change counts once nobody has written for
 * {@link QUIET_MS}; who writes for longer than {@link MOVING_MS} gets everything denied until then.
 */
export class PolicyFiles implements Disposable {
	private readonly changed = new Emitter<PolicyLoad>();
	private readonly locksChanged = new Emitter<void>();
	private readonly lastSaid = new Map<string, readonly LockedSetting[]>();
	private signs: FileSigns;
	private inForce: PolicyReading;
	private good: readonly PolicyLayerFile[] = [];
	private change: PolicyChange | undefined;
	private goodDigest: string | undefined;
	private since: number | undefined;
	private movedAt = 0;
	private readonly looks: LookTimer;

	/** Fires after the policy in force has become another one. */
	readonly onDidChange = this.changed.event;

	/** Fires after something else is locked than before; first of the two. */
	readonly onDidChangeLocks = this.locksChanged.event;

	constructor(
		private options: PolicyFilesOptions,
		private readonly clock: Clock = systemClock,
	) {
		this.inForce = readPolicies(options, this.lastSaid);
		this.signs = this.follows();
		this.looks = new LookTimer(clock, STALL_MS, () => this.settle());
		this.keepGood();
	}

	current(): PolicyLoad {
		return this.inForce.effective;
	}

	/** What the organisation's files lock; of one that is broken what it locked before. */
	locks(): OrganisationLocks {
		return this.inForce.locks;
	}

	/** Every file's own load, uppermost first. */
	files(): readonly PolicyLoad[] {
		return this.inForce.layers.map(({ load }) => load);
	}

	/** Every file with its text and whether its allow rules count, uppermost first. */
	layers(): readonly PolicyLayerFile[] {
		return this.inForce.layers;
	}

	/** What a file said when the whole was last usable, for showing what has been broken since. */
	lastGood(file: string): string | undefined {
		return this.good.find(({ load }) => samePath(load.file, file))?.text;
	}

	/** How the policy in force became what it is; undefined for the first one. */
	lastChange(): PolicyChange | undefined {
		return this.change;
	}

	/** What would be in force if a file had this text. Changes nothing. */
	preview(file: string, text: string): PolicyReading {
		return readPolicies(this.options, new Map(this.lastSaid), place =>
			samePath(place, file) ? { load: parsePolicy(text, place), text } : readPolicyFile(place),
		);
	}

	/** What is in force, and the files that it was made of. */
	reading(): PolicyReading {
		return this.inForce;
	}

	/** What the policy in force was made of. */
	bundle(): PolicyBundle {
		return bundleOf(this.inForce);
	}

	/** Follows other files, or trusts other ones, from now on. */
	follow(options: PolicyFilesOptions): void {
		this.options = options;
		this.signs.dispose();
		this.signs = this.follows();
		this.reload();
	}

	/** Reads all files again now; fires when the outcome differs. */
	reload(): void {
		this.apply(readPolicies(this.options, this.lastSaid));
	}

	/** Says that a file may have changed: it is read as soon as nobody writes to it any more. */
	touch(): void {
		this.movedAt = this.clock.monotonic();
		this.since ??= this.movedAt;
		if (!this.looks.isSet) {
			this.looks.restart(LOOK_MS);
		}
	}

	dispose(): void {
		this.looks.dispose();
		this.signs.dispose();
		this.changed.dispose();
		this.locksChanged.dispose();
	}

	/** INVARIANT: a reading that may be the beginning of a longer text never becomes the policy in force. */
	private settle(): void {
		const now = this.clock.monotonic();
		this.movedAt = this.signs.look() ? now : this.movedAt;
		const waited = now - (this.since ?? now) - this.looks.late;
		const still = now - this.movedAt;
		const reading = readPolicies(this.options, new Map(this.lastSaid));
		const { policy, digest } = reading.effective;
		const usable = policy !== undefined;
		// What was in force before is known to be whole.
		const whole = still >= (digest === this.goodDigest ? LOOK_MS : QUIET_MS) && !this.signs.look();
		if (whole && (usable || waited >= GRACE_MS || this.inForce.effective.policy === undefined)) {
			this.since = undefined;
			this.apply(reading);
			return;
		}
		if (!usable && waited >= GRACE_MS) {
			this.apply({ ...reading, ...this.lockedBefore() });
		} else if (waited >= MOVING_MS) {
			this.apply({ ...unsettled(this.options.base, reading), ...this.lockedBefore() });
		}
		const ahead = [GRACE_MS - waited, MOVING_MS - waited, QUIET_MS - still].filter(ms => ms >= 1);
		this.looks.next(Math.min(LOOK_MS, ...ahead));
	}

	/** INVARIANT: what is locked stays locked while files are written: what can be read of them may lack its end. */
	private lockedBefore(): Pick<PolicyReading, 'locks' | 'base'> {
		const { locks, base } = this.inForce;
		return { locks, base };
	}

	private apply(reading: PolicyReading): void {
		const { effective, layers, base, locks } = this.inForce;
		if (reading.locks !== locks) {
			for (const { kind, load } of reading.layers) {
				if (kind === 'organisation' && load.policy !== undefined) {
					this.lastSaid.set(load.file, load.policy.settings ?? []);
				}
			}
		}
		this.inForce = reading;
		this.keepGood();
		if (reading.base !== base) {
			this.signs.dispose();
			this.signs = this.follows();
		}
		if (!sameLocks(reading.locks, locks)) {
			this.locksChanged.fire();
		}
		if (reading.effective.digest !== effective.digest) {
			this.change = changeBetween(effective.digest, layers, reading.layers);
			this.changed.fire(reading.effective);
		}
	}

	private keepGood(): void {
		if (this.inForce.effective.policy !== undefined) {
			this.good = this.inForce.layers;
			this.goodDigest = this.inForce.effective.digest;
		}
	}

	private follows(): FileSigns {
		const { base, workspace, organisation = [], composition } = this.options;
		const own = [...new Set([base, this.inForce.base])];
		const files = [...organisation, ...own, ...workspace, ...(composition === undefined ? [] : [composition])];
		return new FileSigns(files, this.clock, () => this.touch());
	}
}
