import { type Disposable, DisposableStore } from '../base/disposable';
import { Emitter } from '../base/event';
import { type Logger } from '../base/logger';
import { type DecisionPoint } from '../domain/identity/decisionPoint';
import { type ResolvedHttpLaunch, type ResolvedLaunch } from '../domain/registry/resolveLaunch';
import { type ServerEntry } from '../domain/registry/serverEntry';
import { openDecisionPoint, silentDecisionPoint } from '../proxy/decision/openDecisionPoint';
import { type HomeRecord } from '../storage/discoveryRecord';
import { type HomeFile } from '../storage/homeFile';
import { type PolicyFiles } from '../storage/policyFiles';
import { systemClock, systemIds } from '../storage/system';
import { lockedHome, notListedHeadless } from './lockedOptions';

type Locked = ReturnType<typeof lockedHome>;
type Start = ResolvedLaunch | ResolvedHttpLaunch;

/**
 * What an editor's settings and VS Code's own lists of servers amount to without its window, under the organisation's files: what either
 * says counts as soon as it is read, a lock as soon as the policy does.
 */
export class HomeLocks implements Disposable {
	private readonly store = new DisposableStore();
	private readonly changed = this.store.add(new Emitter<void>());
	private now: Locked;
	private opened: (DecisionPoint & Disposable) | undefined;

	/** Fires after something may count otherwise than before. */
	readonly onDidChange = this.changed.event;

	/** One sentence where a list keeps a server from running. */
	readonly notListed = (entry: ServerEntry, start: Start): string | undefined =>
		notListedHeadless(this.editor.current, this.policy.locks(), entry, start);

	constructor(
		private readonly editor: Pick<HomeFile, 'current' | 'onDidChange'>,
		private readonly policy: Pick<PolicyFiles, 'locks' | 'onDidChangeLocks'>,
		private readonly logger: Logger,
	) {
		this.now = lockedHome(editor.current, policy.locks());
		this.opened = decisionPointOf(this.now, logger);
		this.store.add(policy.onDidChangeLocks(() => this.look()));
		this.store.add(editor.onDidChange(() => this.look()));
	}

	get current(): Locked {
		return this.now;
	}

	/** The decision service; undefined where none is asked. */
	get point(): DecisionPoint | undefined {
		return this.opened;
	}

	/** Aborts as soon as a list keeps this server from running. */
	whileListed(entry: ServerEntry, start: Start): AbortSignal {
		const ended = new AbortController();
		const look = () => {
			const why = this.notListed(entry, start);
			if (why !== undefined && !ended.signal.aborted) {
				this.logger.warn(`The session ends. ${why}`);
				ended.abort();
			}
		};
		this.store.add(this.onDidChange(look));
		look();
		return ended.signal;
	}

	dispose(): void {
		this.store.dispose();
		this.opened?.dispose();
	}

	private look(): void {
		const before = this.now.decision;
		this.now = lockedHome(this.editor.current, this.policy.locks());
		if (JSON.stringify(this.now.decision) !== JSON.stringify(before)) {
			this.opened?.dispose();
			this.opened = decisionPointOf(this.now, this.logger);
		}
		this.changed.fire();
	}
}

/**
 * INVARIANT: closing the window loosens nothing. A decision service that the editor asks is asked here too; where that cannot
 * be, because its header lies in the editor's secret storage, it gives no decision.
 */
function decisionPointOf(
	{ decision }: Pick<HomeRecord, 'decision'>,
	logger: Logger,
): (DecisionPoint & Disposable) | undefined {
	if (decision?.hasHeader === true) {
		logger.warn(
			'The decision service is reached with a header that only VS Code can read, so it gives no decision here.',
		);
		return silentDecisionPoint('its header cannot be read without VS Code');
	}
	const parts = { clock: systemClock, ids: systemIds, trouble: (why: string) => logger.warn(why) };
	return decision && openDecisionPoint(decision, parts);
}
