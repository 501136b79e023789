import { type LabelOrigin } from '../domain/approval/approvalFacts';
import { type Carried, type Labelled } from '../domain/policy/dataFlow';
import { type SessionLabel } from '../domain/policy/sessionLabel';
import { MANY_BYTES, MANY_READS, type SessionState } from '../domain/policy/sessionState';

/** Calls that are kept for each label, the first ones. */
const MAX_ORIGINS = 8;

/** The call that did it. */
export type OriginCall = Omit<LabelOrigin, 'label'>;

/** The call that is asked about. */
interface OriginSubject {
	/** The registered name. */
	readonly server: string;
	readonly carried: readonly Carried[];
}

/** Labels that hold because of what another label says. */
const CAUSES: Readonly<Partial<Record<SessionLabel, SessionLabel>>> = {
	'secret-elsewhere': 'secret',
	'overlaps-untrusted': 'untrusted',
};

/** Which calls put the labels on a session. In memory, bounded by the number of labels. */
export class LabelOrigins {
	private readonly origins = new Map<SessionLabel, readonly LabelOrigin[]>();
	private readonly givers = new WeakMap<Labelled, OriginCall>();

	/** Compares the states around a call. */
	note(before: SessionState, after: SessionState, call: OriginCall): void {
		for (const fresh of after.labelled.filter(each => !this.givers.has(each))) {
			this.givers.set(fresh, call);
		}
		const add = (label: SessionLabel, news: boolean) => {
			const known = this.origins.get(label) ?? [];
			if (news && known.length < MAX_ORIGINS) {
				this.origins.set(label, [...known, { label, ...call }]);
			}
		};
		add('secret', after.secretFrom.length > before.secretFrom.length);
		add('untrusted', after.untrusted && !before.untrusted);
		add('persistence-written', after.persistenceWritten && !before.persistenceWritten);
		add('config-written', after.configWritten && !before.configWritten);
		add('many-reads', hasManyReads(after) && !hasManyReads(before));
		add('listed-then-deleting', (after.listed && !before.listed) || after.deletes > before.deletes);
		add('denied-variants', after.denials !== before.denials);
	}

	/** The calls behind a label, for this call; none where the label is the call's own. */
	of(label: SessionLabel, { server, carried }: OriginSubject): readonly LabelOrigin[] {
		if (label === 'carries-secret' || label === 'carries-untrusted') {
			return carried
				.filter(({ from }) => label === `carries-${from.label}`)
				.flatMap(({ from, pointer }) => {
					const giver = this.givers.get(from);
					return giver === undefined ? [] : [{ label, ...giver, into: pointer }];
				})
				.slice(0, MAX_ORIGINS);
		}
		const origins = this.origins.get(CAUSES[label] ?? label) ?? [];
		return label === 'secret-elsewhere' ? origins.filter(origin => origin.server !== server) : origins;
	}
}

function hasManyReads({ readPaths, readBytes }: SessionState): boolean {
	return readPaths.size >= MANY_READS || readBytes >= MANY_BYTES;
}
