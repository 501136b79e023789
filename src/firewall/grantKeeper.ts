import { digestJson } from '../base/digest';
import { Emitter } from '../base/event';
import { type JsonObject } from '../base/json';
import { type AuditRecord } from '../domain/audit/auditRecord';
import { type LifecycleEvent } from '../domain/audit/lifecycleEvent';
import { DEFAULT_GRANT_MS, type Grant, type GrantScope, HOUR_GRANT_MS, MAX_GRANT_MS } from '../domain/approval/grant';
import { envelopeOfGrant } from '../domain/approval/grantEnvelope';
import { type GrantCall } from '../domain/approval/grantCall';
import { grantCovers, reachOf } from '../domain/approval/grantReach';
import { hourReachOf } from '../domain/approval/hourReach';
import { maskText } from '../domain/inspection/maskSecrets';
import { isLockedTo, NO_LOCKS, type OrganisationLocks, underLock } from '../domain/policy/organisationLocks';
import { type PathRules } from '../domain/policy/pathSegments';
import { type ApprovalScope } from '../domain/policy/ruleConditions';
import { type FirewallPorts } from './ports';

const HOUR_MS = 3_600_000;
/** Session grants of one window; the oldest gives way. */
const MAX_SESSION_GRANTS = 512;

/**
 * Remembered yes's: those for a session in memory, those for a workspace in the store, where there is one. INVARIANT: a
 * grant whose policy, tool or review has changed is void: it is removed the first time that this is seen.
 */
export class GrantKeeper {
	private readonly changed = new Emitter<void>();
	private session: readonly Grant[] = [];

	readonly onDidChange = this.changed.event;

	constructor(
		private readonly ports: Pick<
			FirewallPorts,
			'clock' | 'ids' | 'trail' | 'grantStore' | 'installation' | 'policy'
		>,
		private readonly workspaceHere: () => string | undefined,
	) {
		ports.grantStore?.onDidChange(() => {
			this.changed.fire();
		});
	}

	/** True when a workspace grant for this call could be kept now. */
	async offersWorkspace(call: GrantCall): Promise<boolean> {
		return (
			this.admits('workspace') &&
			call.workspace !== undefined &&
			((await this.ports.grantStore?.available()) ?? false)
		);
	}

	/** False where the organisation keeps people from answers of this scope. */
	admits(scope: ApprovalScope): boolean {
		// An hour is kept as a session is: in memory, and in this window alone.
		const name = scope === 'workspace' ? 'grants.workspace' : 'grants.session';
		return scope === 'once' || !isLockedTo(name, false, this.locks());
	}

	/** A grant of one of the offered scopes that covers the call. Rejects only when the trail cannot be written. */
	async find(call: GrantCall, scopes: readonly ApprovalScope[], rules: PathRules): Promise<Grant | undefined> {
		const stored = call.workspace === undefined ? [] : await this.stored(call.workspace);
		const now = this.ports.clock.now();
		const all = [...this.session, ...stored].map(grant => ({
			grant,
			state: grantCovers(grant, call, now, rules),
		}));
		await this.drop(
			all.filter(({ state }) => state === 'void').map(({ grant }) => grant),
			'grant-voided',
		);
		const longest = this.longestMs();
		return all.find(
			({ grant: { scope, madeAt }, state }) =>
				state === 'covers' &&
				scopes.includes(scope) &&
				this.admits(scope) &&
				(scope === 'session' || now < madeAt + longest),
		)?.grant;
	}

	/**
	 * Keeps a yes. Undefined when it could not be kept; then it counted for one call. Rejects when the trail cannot be
	 * written, and then nothing is kept.
	 */
	async remember(
		call: GrantCall,
		scope: GrantScope,
		holdsForMs = DEFAULT_GRANT_MS,
		/** Id of the entry of the call that a person was asked about. */
		callId?: string,
		rules: PathRules = { caseInsensitivePaths: false },
	): Promise<Grant | undefined> {
		const { clock, ids, grantStore } = this.ports;
		const madeAt = clock.now();
		const base = { id: ids.uuid(), binding: call.binding, reach: reachOf(call), madeAt };
		if (scope === 'hour') {
			const reach = hourReachOf(call, rules);
			if (reach === undefined) {
				return undefined;
			}
			const expiresAt = madeAt + HOUR_GRANT_MS;
			return this.keep({ ...base, scope, reach, session: call.session, expiresAt }, callId);
		}
		if (scope === 'session') {
			const envelope = envelopeOfGrant(base, call, this.ports.installation);
			const grant: Grant = { ...base, scope, session: call.session, envelope };
			return this.keep(grant, callId);
		}
		const { workspace } = call;
		const holds = Math.min(Math.max(Math.trunc(holdsForMs), 1), MAX_GRANT_MS, this.longestMs());
		if (workspace === undefined || grantStore === undefined || !Number.isFinite(holds)) {
			return undefined;
		}
		const grant: Grant = { ...base, scope, workspace, expiresAt: madeAt + holds };
		await this.note('grant-made', grant, callId);
		const kept = await grantStore.add(grant);
		if (!kept) {
			await this.note('grant-voided', grant, callId);
			return undefined;
		}
		this.changed.fire();
		return grant;
	}

	/** In memory, for one session. */
	private async keep(grant: Grant, callId: string | undefined): Promise<Grant> {
		await this.note('grant-made', grant, callId);
		this.session = [...this.session, grant].slice(-MAX_SESSION_GRANTS);
		this.changed.fire();
		return grant;
	}

	/** Newest first. */
	async list(): Promise<readonly Grant[]> {
		const here = this.workspaceHere();
		const stored = here === undefined ? [] : await this.stored(here);
		return [...this.session, ...stored].sort((left, right) => right.madeAt - left.madeAt);
	}

	/** Takes grants back; resolves with those that are gone. */
	async revoke(grants: readonly Grant[]): Promise<readonly Grant[]> {
		return this.drop(grants, 'grant-revoked');
	}

	endSession(session: string): void {
		const left = this.session.filter(grant => grant.session !== session);
		if (left.length !== this.session.length) {
			this.session = left;
			this.changed.fire();
		}
	}

	/** Milliseconds that a workspace grant holds at most. INVARIANT: one that was made before the lock holds no longer. */
	private longestMs(): number {
		return Number(underLock('grants.maxHours', MAX_GRANT_MS / HOUR_MS, this.locks())) * HOUR_MS;
	}

	private locks(): OrganisationLocks {
		return this.ports.policy.locks?.() ?? NO_LOCKS;
	}

	private async stored(workspace: string): Promise<readonly Grant[]> {
		return (await this.ports.grantStore?.load(workspace)) ?? [];
	}

	/** Removed first, told afterwards: a trail that cannot be written keeps no grant alive. */
	private async drop(grants: readonly Grant[], event: LifecycleEvent): Promise<readonly Grant[]> {
		if (grants.length === 0) {
			return [];
		}
		const ids = new Set(grants.map(({ id }) => id));
		const before = this.session;
		this.session = before.filter(({ id }) => !ids.has(id));
		const stored = grants.filter(({ scope }) => scope === 'workspace');
		const removed =
			stored.length === 0 || ((await this.ports.grantStore?.remove(stored.map(({ id }) => id))) ?? false);
		const gone = grants.filter(grant => (grant.scope === 'workspace' ? removed : before.includes(grant)));
		this.changed.fire();
		for (const grant of gone) {
			await this.note(event, grant);
		}
		return gone;
	}

	private async note(event: LifecycleEvent, grant: Grant, callId?: string): Promise<void> {
		const { clock, ids, trail } = this.ports;
		const { id, scope, binding, reach, session, expiresAt } = grant;
		const digest = digestJson(grant as unknown as JsonObject);
		const end = expiresAt === undefined ? '' : ` until ${new Date(expiresAt).toISOString()}`;
		const record: AuditRecord = {
			...{ id: ids.uuid(), at: new Date(clock.now()).toISOString(), kind: 'lifecycle', outcome: 'noted', event },
			server: { id: binding.serverId, name: binding.serverName },
			...{ tool: binding.tool, capability: binding.capability, policyDigest: binding.policyDigest },
			...(session !== undefined && { session }),
			...(callId !== undefined && { callId }),
			...(event === 'grant-made' ? { actor: 'person', after: digest } : { before: digest }),
			...(event === 'grant-revoked' && { actor: 'person' }),
			...(event === 'grant-voided' && { actor: 'firewall' }),
			...((reach.kind === 'folders' || reach.kind === 'deeds') && { paths: reach.folders.map(maskText) }),
			detail: `grant ${id}: ${scope}, ${WHAT[reach.kind]}${end}`,
		};
		await trail.append(record, 'synced');
	}
}

const WHAT = {
	folders: 'below these folders',
	hosts: 'to certain hosts',
	deeds: 'what does the same',
	call: 'the very call',
} as const;
