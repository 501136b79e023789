import { type Disposable } from '../base/disposable';
import { errorText } from '../base/errors';
import { Emitter } from '../base/event';
import { type TrustSettings } from '../domain/identity/trustSettings';
import { type OrganisationLocks } from '../domain/policy/organisationLocks';
import { type Launch } from '../domain/registry/launch';
import { launchName } from '../domain/registry/launchName';
import { type PolicyFiles } from '../storage/policyFiles';
import { type GatewayOptions } from './gatewayOptions';
import { lockedGateway, lockedTrust, refuseUnlisted } from './lockedOptions';

/** What a gateway was started with. */
export interface GatewayStart {
	readonly asked: GatewayOptions;
	readonly launch: Launch;
	/** Whom the command line trusts. */
	readonly trust: TrustSettings;
}

/** What the command line amounts to while an organisation locks something. */
interface UnderLocks {
	readonly options: GatewayOptions;
	readonly trust: TrustSettings;
}

/**
 * What holds of a gateway's command line under the organisation's files, for as long as it runs. INVARIANT: a lock counts as soon as
 * the policy does. A server that may not run any more ends the gateway, whatever the files say afterwards; an option that has
 * become another than what is locked counts for nothing, and `warn` hears so.
 */
export class GatewayLocks implements Disposable {
	private readonly changed = new Emitter<void>();
	private readonly ended = new AbortController();
	private readonly subscription: Disposable;
	private now: UnderLocks;

	/** Fires after something may count otherwise than before. */
	readonly onDidChange = this.changed.event;

	/** Throws a `UsageError` where a start is refused. */
	constructor(
		private readonly start: GatewayStart,
		private readonly policy: Pick<PolicyFiles, 'locks' | 'onDidChangeLocks'>,
		private readonly warn: (why: string) => void,
	) {
		this.now = read(start, policy.locks());
		this.subscription = policy.onDidChangeLocks(() => this.look());
	}

	get options(): GatewayOptions {
		return this.now.options;
	}

	get trust(): TrustSettings {
		return this.now.trust;
	}

	/** Aborts when the server may not run any more; `warn` has heard why. */
	get signal(): AbortSignal {
		return this.ended.signal;
	}

	dispose(): void {
		this.subscription.dispose();
		this.changed.dispose();
	}

	private look(): void {
		if (this.ended.signal.aborted) {
			return;
		}
		try {
			this.now = read(this.start, this.policy.locks(), why => this.warn(`${why}. It counts for nothing now.`));
			this.changed.fire();
		} catch (error) {
			this.warn(errorText(error));
			this.ended.abort();
		}
	}
}

function read(
	{ asked, launch, trust }: GatewayStart,
	locks: OrganisationLocks,
	conflict?: (why: string) => void,
): UnderLocks {
	const options = lockedGateway(asked, locks, conflict);
	refuseUnlisted(options.serverName ?? launchName(launch).name, launch, locks);
	return { options, trust: lockedTrust(trust, locks) };
}
