import { baseName } from '../base/baseName';
import { type Clock } from '../base/clock';
import { Emitter } from '../base/event';
import { type AuditEntry } from '../domain/audit/auditRecord';
import { type StreamHead } from '../domain/audit/checkpoint';
import { meaningOf } from '../domain/audit/trailBreak';
import { type PanelChain } from '../shared/panelProtocol';
import { verifyNewest } from '../storage/verifyNewest';
import { type TrailReport, verifyTrail } from '../storage/verifyTrail';
import { say, sayCount } from './say';

const UNVERIFIED: PanelChain = {
	state: 'unknown',
	get detail() {
		return say('Not verified yet.');
	},
	entries: 0,
};

/** What is known of the trail outside of it. */
export interface TrailTrust {
	/** Raw public keys (base64url) that signed trails of this installation; undefined: none is known. */
	readonly keys: () => readonly string[] | undefined;
	/** The heads that were kept outside the trail. Never rejects. */
	readonly heads: () => Promise<readonly StreamHead[]>;
}

/** A trail of so many bytes is verified whole as soon as it is looked at; of a larger one so much, the newest streams. */
const AT_ONCE_BYTES = 32 * 1024 * 1024;
/** What an entry takes, about: progress is told in entries, and files have bytes. */
const ENTRY_BYTES = 1200;

/** How the trail stands, as it was last verified in this window. */
export class TrailSeal {
	private readonly changed = new Emitter<PanelChain>();
	private last: PanelChain = UNVERIFIED;
	/** ISO 8601: when the last verification began; what is newer was not looked at. */
	private verifiedAt = '';
	private looked = false;

	/** It was verified, or found broken. */
	readonly onDidChange = this.changed.event;

	constructor(
		private readonly directory: string,
		private readonly clock: Clock,
		private readonly trust: TrailTrust,
	) {}

	get chain(): PanelChain {
		return this.last;
	}

	/** How it stands for one entry. */
	chainOf(entry: AuditEntry): PanelChain {
		return entry.at > this.verifiedAt ? UNVERIFIED : this.last;
	}

	/** Verifies the whole trail. Rejects when it cannot be read, or is stopped; then the state stays as it was. */
	async verify(signal: AbortSignal, onProgress: (done: number) => void): Promise<TrailReport> {
		this.looked = true;
		const began = new Date(this.clock.now()).toISOString();
		// Read before the trail is: a head that is kept meanwhile is further than what is verified.
		const heads = await this.trust.heads();
		const keys = this.trust.keys();
		const { bytes } = await verifyNewest(this.directory, { bytes: 0 });
		const report = await verifyTrail(this.directory, {
			...{ heads, signal, ...(keys !== undefined && { keys }) },
			onProgress: entries => {
				onProgress((entries * ENTRY_BYTES) / Math.max(bytes, 1));
			},
		});
		const { ok, entries, unsigned } = report;
		this.tell({ state: ok ? 'valid' : 'broken', detail: describeReport(report), entries, unsigned }, began);
		return report;
	}

	/**
	 * A first look, once, for the badge: a small trail is verified whole; of a large one the newest streams are, and that finds
	 * what is broken there but says of nothing that it is valid. Rejects like {@link verify}.
	 */
	async look(signal: AbortSignal): Promise<void> {
		if (this.looked) {
			return;
		}
		this.looked = true;
		const heads = await this.trust.heads();
		const keys = this.trust.keys();
		const newest = await verifyNewest(this.directory, {
			...{ bytes: AT_ONCE_BYTES, heads, signal, ...(keys !== undefined && { keys }) },
		});
		if (this.last !== UNVERIFIED) {
			return;
		}
		const [first] = newest.breaks;
		if (first !== undefined) {
			this.tell({ state: 'broken', detail: describeBreak(first), entries: newest.entries }, '');
		} else if (newest.streams === newest.of) {
			await this.verify(signal, () => undefined);
		} else {
			const detail = say(
				'Of {0} streams the newest {1} are in order; the others were not read yet.',
				newest.of,
				newest.streams,
			);
			this.tell({ state: 'unknown', detail, entries: newest.entries }, '');
		}
	}

	private tell(chain: PanelChain, verifiedAt: string): void {
		this.last = chain;
		this.verifiedAt = verifiedAt;
		this.changed.fire(chain);
	}
}

/** One sentence on a report, for the panel and for messages. */
export function describeReport({ breaks, entries, files, unsigned, trustedKey }: TrailReport): string {
	const [first] = breaks;
	if (first !== undefined) {
		return describeBreak(first);
	}
	const what = say(
		'{0} in {1}, every one in its place.',
		sayCount(entries, '{0} line', '{0} lines'),
		sayCount(files, '{0} file', '{0} files'),
	);
	return [
		what,
		...(unsigned > 0 ? [say('{0} at the end are not signed yet.', unsigned)] : []),
		...(trustedKey ? [] : [say('No key is known here, so the signatures were held against the trail’s own.')]),
	].join(' ');
}

/** What is wrong first: a narrow panel cuts the end off, and names of files are long. */
function describeBreak({ file, line, why }: TrailReport['breaks'][number]): string {
	const where = line === 0 ? baseName(file) : say('line {0} of {1}', line, baseName(file));
	const what = say(why);
	return `${what.slice(0, 1).toUpperCase()}${what.slice(1)}, ${where}: ${say(meaningOf(why))}.`;
}
