import { errorText, FirewallError } from '../base/errors';
import { type AuditRecord, type ServerAuth } from '../domain/audit/auditRecord';
import { type SupplyDifference, supplyReason } from '../domain/registry/compareSupply';
import { authMethod } from '../domain/registry/launchAuth';
import { type ResolvedHttpLaunch, type ResolvedLaunch } from '../domain/registry/resolveLaunch';
import { registryDigest, type ServerEntry } from '../domain/registry/serverEntry';
import { noteCredentials } from '../firewall/noteUpstream';
import { type FirewallPorts } from '../firewall/ports';
import { namedCredentials } from '../firewall/recordedServer';
import { hintFor } from '../firewall/refusal';
import { whyStopped } from '../firewall/standing';
import { type RegistryFile } from './registryFile';
import { type SupplyCheck, type SupplyPins } from './supplyPins';

/** What the gate needs. */
export interface LaunchGateOptions {
	readonly registry: Pick<RegistryFile, 'find' | 'setStatus'>;
	readonly supplies: Pick<SupplyPins, 'check'>;
	readonly ports: Pick<FirewallPorts, 'trail' | 'ids' | 'clock' | 'logger' | 'notify' | 'stop'>;
	/** One sentence where a list of servers keeps this one from running; absent where there is no such list. */
	readonly notListed?: (entry: ServerEntry, launch: ResolvedLaunch | ResolvedHttpLaunch) => string | undefined;
	/** True while the window is in VS Code's Restricted Mode; absent where there is no such mode. */
	readonly isRestricted?: () => boolean;
}

/**
 * The one door from a registered server to a running one. INVARIANT (N1): each start, also one within a session, looks the
 * entry up anew, and gives the launch of an approved one alone, whose programs are still what was reviewed (C2, C10). In a
 * restricted window it gives none: what a server reads at its start lies in folders that nobody trusts. Between
 * this look and the start there are milliseconds in which whoever can write those files can still change them: what is looked
 * up is not looked up again, but bytes are read by the system once more.
 */
export class LaunchGate {
	private readonly auths = new Map<string, ServerAuth>();

	constructor(private readonly options: LaunchGateOptions) {}

	/** How the last start of a server made sure that it is the reviewed one; undefined until one came so far. */
	authOf(serverId: string): ServerAuth | undefined {
		return this.auths.get(serverId);
	}

	/**
	 * The launch to start, with nothing left to look up. `resolve` fills in variables and secrets. Rejects with `aborted` and
	 * the reason, which holds no text of a server; what differs suspends the server first.
	 */
	async admit(
		{ id, name }: Pick<ServerEntry, 'id' | 'name'>,
		resolve: (entry: ServerEntry) => Promise<ResolvedLaunch | ResolvedHttpLaunch>,
	): Promise<ResolvedLaunch | ResolvedHttpLaunch> {
		const { registry, supplies, ports } = this.options;
		const entry = registry.find(id);
		const before = whyStopped({ ...ports, registry }, { id, reviewRequired: true });
		if (entry === undefined || before !== undefined) {
			return await this.refuse({ id, name }, before ?? 'server_not_approved');
		}
		if (this.options.isRestricted?.() === true) {
			return await this.refuse(entry, 'workspace_restricted');
		}
		const launch = await resolve(entry);
		const notListed = this.options.notListed?.(entry, launch);
		if (notListed !== undefined) {
			return await this.refuse(entry, 'server_not_listed', notListed);
		}
		const check = await supplies.check(entry.supply, launch);
		this.keepAuth(entry, authMethod(entry, launch), check.kind);
		if (check.kind === 'differs') {
			const reason = supplyReason(check.differences);
			await this.suspend(entry, reason, check.differences);
			return await this.refuse(entry, 'supply_changed', reason);
		}
		// While all this was looked at, a person or another window may have changed their mind.
		const after = whyStopped({ ...ports, registry }, { id, reviewRequired: true });
		if (after !== undefined) {
			return await this.refuse(entry, after);
		}
		noteCredentials(ports, entry, namedCredentials(entry));
		return check.launch;
	}

	private keepAuth({ id }: ServerEntry, method: ServerAuth['method'], found: SupplyCheck['kind']): void {
		const result = found === 'differs' ? 'failed' : method === 'none' ? 'not-checked' : 'ok';
		this.auths.set(id, { method, result, at: new Date(this.options.ports.clock.now()).toISOString() });
	}

	/** Only what is approved is suspended: a revoked server stays revoked. */
	private async suspend(
		entry: ServerEntry,
		statusReason: string,
		differences: readonly SupplyDifference[],
	): Promise<void> {
		const { registry, ports } = this.options;
		const { id, name } = entry;
		const now = registry.find(id);
		if (now?.status === 'approved' && now.revision === entry.revision) {
			const change = await registry.setStatus(id, 'suspended', statusReason);
			if (change.kind === 'problem') {
				// The start is refused all the same, and so is the next one.
				ports.logger.error(`A server could not be suspended: ${change.problem}`);
			}
		}
		const reasons = [...new Set(differences.map(({ reason }) => reason))].join(', ');
		const record = { kind: 'lifecycle', outcome: 'noted', event: 'server-suspended' } as const;
		const after = registry.find(id);
		await this.note({
			...{ ...record, actor: 'firewall', server: { id, name }, detail: `${statusReason} (${reasons})` },
			before: registryDigest(entry),
			...(after && { after: registryDigest(after) }),
		});
		ports.notify({ kind: 'suspended', server: { id, name }, reason: statusReason });
	}

	private async refuse(server: Pick<ServerEntry, 'id' | 'name'>, reason: string, what?: string): Promise<never> {
		const { id, name } = server;
		const record = { kind: 'message', outcome: 'refused', from: 'client', method: 'initialize' } as const;
		await this.note({
			...record,
			server: { id, name },
			detail: what === undefined ? reason : `${reason}: ${what}`,
		});
		const why = `AgentActionBlocked: capability=unknown decision=denied reason=${reason}`;
		throw new FirewallError('aborted', [why, ...(what === undefined ? [] : [what]), hintFor(reason)].join('. '));
	}

	private async note(facts: Omit<AuditRecord, 'id' | 'at'>): Promise<void> {
		const { trail, ids, clock, logger } = this.options.ports;
		const auth = facts.server && this.authOf(facts.server.id);
		try {
			const at = new Date(clock.now()).toISOString();
			await trail.append({ id: ids.uuid(), at, ...facts, ...(auth && { auth }) }, 'synced');
		} catch (error) {
			logger.error(`A refused start could not be recorded: ${errorText(error)}`);
		}
	}
}
