import { digestJson } from '../base/digest';
import { Emitter } from '../base/event';
import { errorText } from '../base/errors';
import { type Grant, type RememberedAnswer, type Suspension } from '../domain/approval/grant';
import { type GrantCall } from '../domain/approval/grantCall';
import { workspaceDigest } from '../domain/approval/grantReach';
import { grantRule, grantSentence, quoted } from '../domain/approval/grantRule';
import { deniedCall } from '../domain/policy/deniedVariants';
import { type CallFacts } from '../domain/policy/facts';
import { ALL_TOOLS } from '../domain/policy/noteCall';
import { DenialMemory } from './denialMemory';
import { GrantKeeper } from './grantKeeper';
import { type FirewallPorts, type GrantBook } from './ports';
import { RecentPrompts } from './recentPrompts';
import { type SuspendedTool, type Suspensions } from './suspensions';

/** Everything that persons answered in a window and that still counts: grants, denials, tools that rest. */
export class RememberedAnswers implements GrantBook {
	readonly grants: GrantKeeper;
	readonly denials: DenialMemory;
	readonly prompts = new RecentPrompts();
	private readonly changed = new Emitter<void>();

	readonly onDidChange = this.changed.event;

	constructor(
		private readonly ports: FirewallPorts,
		private readonly suspensions: Suspensions,
	) {
		this.grants = new GrantKeeper(ports, () => workspaceDigest(ports.host()));
		this.denials = new DenialMemory(ports.clock, ports.ids);
		this.grants.onDidChange(() => {
			this.changed.fire();
		});
		this.suspensions.onDidChange(() => {
			this.changed.fire();
		});
	}

	/** A person said no to this very call. Changed again and again, the tool rests. */
	denied(call: GrantCall, facts: CallFacts): void {
		const { clock, ids } = this.ports;
		this.denials.denied(call);
		const tool = { server: facts.server.name, tool: facts.tool };
		const denied = deniedCall({
			arguments: facts.arguments,
			argumentsDigest: digestJson(facts.arguments),
			paths: facts.paths,
			folders: facts.host.workspaceFolders,
		});
		this.suspensions.deniedOnce(tool, denied, clock.now(), () => ids.uuid());
		this.changed.fire();
	}

	/** A person denied all that waited. */
	suspend(tools: readonly SuspendedTool[]): void {
		for (const tool of tools) {
			this.suspensions.suspend(tool, this.ports.clock.now(), this.ports.ids.uuid());
		}
	}

	async list(): Promise<readonly RememberedAnswer[]> {
		const grants = await this.grants.list();
		return [
			...grants.map(shownGrant),
			...[...this.denials.list()].reverse().map((denial): RememberedAnswer => ({
				...{ kind: 'denial', id: denial.id, denial },
				sentence: `One call of ${quoted(denial.tool)} of the server ${quoted(denial.serverName)} is denied until the session ends.`,
			})),
			...[...this.suspensions.list()].reverse().map((suspension): RememberedAnswer => ({
				...{ kind: 'suspension', id: suspension.id, suspension },
				sentence: `${resting(suspension)} until the window is reloaded.`,
			})),
		];
	}

	async revoke(id: string): Promise<boolean> {
		if (this.denials.forget(id) || this.suspensions.lift(id)) {
			this.changed.fire();
			return true;
		}
		return (await this.revokeGrants(grant => grant.id === id)) > 0;
	}

	async revokeAll(): Promise<number> {
		const others = [...this.denials.list(), ...this.suspensions.list()];
		const forgotten = others.filter(({ id }) => this.denials.forget(id) || this.suspensions.lift(id)).length;
		const revoked = await this.revokeGrants(() => true);
		if (forgotten > 0) {
			this.changed.fire();
		}
		return forgotten + revoked;
	}

	endSession(session: string): void {
		this.grants.endSession(session);
		this.denials.endSession(session);
		this.changed.fire();
	}

	/** What is gone stays gone when the trail cannot say so. */
	private async revokeGrants(which: (grant: Grant) => boolean): Promise<number> {
		const grants = (await this.grants.list()).filter(which);
		try {
			return (await this.grants.revoke(grants)).length;
		} catch (error) {
			this.ports.logger.error(`A revoked grant could not be recorded: ${errorText(error)}`);
			const left = new Set((await this.grants.list()).map(({ id }) => id));
			return grants.filter(({ id }) => !left.has(id)).length;
		}
	}
}

function resting({ serverName, tool }: Suspension): string {
	return tool === ALL_TOOLS
		? `All tools of the server ${quoted(serverName)} rest`
		: `${quoted(tool)} of the server ${quoted(serverName)} rests`;
}

function shownGrant(grant: Grant): RememberedAnswer {
	return { kind: 'grant', id: grant.id, grant, rule: grantRule(grant), sentence: grantSentence(grant) };
}
