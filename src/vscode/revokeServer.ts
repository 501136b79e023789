import { concernedBy, isRested, RESTED_BY_PERSON, REVOKED_BY_PERSON } from '../domain/registry/changeStatus';
import { type LifecycleEvent } from '../domain/audit/lifecycleEvent';
import { registryDigest, type ServerEntry } from '../domain/registry/serverEntry';
import { type FirewallPorts } from '../firewall/ports';
import { type RegistryFile } from '../storage/registryFile';
import { type GuardUi } from './guardPorts';
import { noteEvent } from '../firewall/noteEvent';
import { problemText } from './problemText';
import { quoteForPerson } from './quote';
import { say } from './say';

/** What the commands about one server's status need. */
export interface StatusDeps {
	readonly ui: Pick<GuardUi, 'pickEntry' | 'info' | 'error'>;
	readonly registry: Pick<RegistryFile, 'all' | 'find' | 'setStatus'>;
	readonly ports: Pick<FirewallPorts, 'trail' | 'ids' | 'clock' | 'logger'>;
	/** Who sits here, as the system calls them. */
	readonly reviewer: string;
}

/**
 * "Revoke Server…": final until a review, in every folder that has the launch. Takes effect here before the disk is written, in
 * all windows within a second.
 */
export async function revokeServer(deps: StatusDeps, serverId?: string): Promise<void> {
	const fits = ({ status }: ServerEntry) => status !== 'revoked';
	const entry = await choose(deps, serverId, fits, say('Revoke which server? It ends at once, in every window.'));
	if (entry !== undefined) {
		const back = say('Only a review brings it back: "MCP Firewall: Review Server…".');
		await change(deps, entry, { status: 'revoked', reason: REVOKED_BY_PERSON, event: 'server-revoked' }, back);
	}
}

/** "Suspend Server…": puts one server to rest until a person lets it go on. */
export async function suspendServer(deps: StatusDeps, serverId?: string): Promise<void> {
	const fits = ({ status }: ServerEntry) => status === 'approved';
	const entry = await choose(
		deps,
		serverId,
		fits,
		say('Put which server to rest? It ends at once, in every window.'),
	);
	if (entry !== undefined) {
		const back = say('Let it go on with "MCP Firewall: Resume Server…".');
		await change(deps, entry, { status: 'suspended', reason: RESTED_BY_PERSON, event: 'server-suspended' }, back);
	}
}

/** "Resume Server…": lets a server go on that a person put to rest; any other needs a review. */
export async function resumeServer(deps: StatusDeps, serverId?: string): Promise<void> {
	const entry = await choose(deps, serverId, isRested, say('Let which server go on?'));
	if (entry !== undefined) {
		await change(deps, entry, { status: 'approved', reason: '', event: 'server-resumed' }, '');
	}
}

async function choose(
	{ ui, registry }: StatusDeps,
	serverId: string | undefined,
	fits: (entry: ServerEntry) => boolean,
	title: string,
): Promise<ServerEntry | undefined> {
	const fitting = registry.all().filter(entry => fits(entry) && (serverId === undefined || entry.id === serverId));
	if (fitting.length === 0) {
		ui.info(say('There is no such server.'));
		return undefined;
	}
	return serverId === undefined ? ui.pickEntry(fitting, title) : fitting[0];
}

async function change(
	deps: StatusDeps,
	entry: ServerEntry,
	wanted: { readonly status: ServerEntry['status']; readonly reason: string; readonly event: LifecycleEvent },
	back: string,
): Promise<void> {
	const { ui, registry, ports, reviewer } = deps;
	const { id, name } = entry;
	const others = concernedBy(registry.all(), id, wanted.status).filter(
		each => each.id !== id && each.status !== wanted.status,
	);
	const done = await registry.setStatus(id, wanted.status, wanted.reason);
	for (const before of [entry, ...others]) {
		const after = registry.find(before.id);
		noteEvent(ports, wanted.event, {
			...{ server: { id: before.id, name: before.name }, actor: 'person', detail: `by ${reviewer}` },
			...{ before: registryDigest(before), ...(after && { after: registryDigest(after) }) },
		});
	}
	const shown = quoteForPerson(name, 60);
	const status = registry.find(id)?.status;
	const now = status === undefined ? say('not guarded any more') : say(status);
	if (done.kind === 'problem') {
		// What could not be written holds in this window all the same, and nowhere else.
		const why = quoteForPerson(problemText(done.problem), 400);
		ui.error(
			say(
				'“{0}” is {1} in this window, but other windows were not told: {2}. Stop all servers instead.',
				shown,
				now,
				why,
			),
		);
		return;
	}
	const names = others.map(other => `“${quoteForPerson(other.name, 60)}”`).join(', ');
	const more = names === '' ? '' : say('Revoked as well, because it is the same launch: {0}.', names);
	ui.info([say('“{0}” is {1}.', shown, now), more, back].filter(Boolean).join(' '));
}
