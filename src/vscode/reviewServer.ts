import { counted } from '../base/counted';
import { type ServerEntry } from '../domain/registry/serverEntry';
import { type GuardDeps } from './guardPorts';
import { mayStart } from './guardServers';
import { listForReview, reviewsOf } from './listForReview';
import { reviewedEntry } from './reviewedEntry';
import { folderOf } from './mcpFiles';
import { quoteForPerson } from './quote';

/**
 * "Review Server…": lists the tools of a guarded server anew, shows what is new, changed or gone against the pins, and pins
 * what the person admits. Also the way back for a suspended server, one that waits for its review, and a revoked one, for
 * which it asks first. With `showDifference` the difference is opened at once. Gives true when something was accepted.
 */
export async function reviewServer(
	deps: GuardDeps,
	folders: readonly string[],
	serverId?: string,
	showDifference = false,
): Promise<boolean> {
	if (!mayStart(deps)) {
		return false;
	}
	const { ui, registry } = deps;
	if (registry.all().length === 0) {
		ui.info('No server is guarded.');
		return false;
	}
	const entry =
		serverId === undefined ? await ui.pickEntry(registry.all(), 'Review which server?') : registry.find(serverId);
	if (entry === undefined) {
		if (serverId !== undefined) {
			ui.error('This server is not guarded any more.');
		}
		return false;
	}
	return (await mayReview(deps, entry)) && (await reviewEntry(deps, folders, entry, showDifference));
}

/** Revocation is final until somebody takes it back knowingly (gateway.md C8). */
async function mayReview({ ui }: GuardDeps, { name, status, statusReason }: ServerEntry): Promise<boolean> {
	if (status !== 'revoked') {
		return true;
	}
	const why = statusReason === undefined ? '' : `It was revoked: ${quoteForPerson(statusReason, 300)}. `;
	const detail = `${why}To review it, it is started once. It stays revoked unless you approve it again.`;
	return ui.confirm(`“${quoteForPerson(name, 60)}” is revoked. Review it all the same?`, detail, 'Review');
}

async function reviewEntry(
	deps: GuardDeps,
	folders: readonly string[],
	entry: ServerEntry,
	showDifference: boolean,
): Promise<boolean> {
	const { ui } = deps;
	const name = quoteForPerson(entry.name, 60);
	const place = folderOf(entry, folders, deps.host());
	if (place === 'elsewhere') {
		ui.error(
			`“${name}” belongs to another folder. Open it to review the server: ${quoteForPerson(entry.origin.file, 300)}`,
		);
		return false;
	}
	const { launch } = entry;
	const values = await deps.secrets.load(entry.id);
	const listed = await listForReview(deps, {
		name: entry.name,
		launch,
		values,
		file: entry.origin.file,
		...place,
	});
	if (listed === undefined) {
		return false;
	}
	const { surface, supply } = listed;
	const { origin, credentials } = entry;
	const removed = entry.tools.map(pin => pin.name).filter(pin => !surface.tools.some(tool => tool.name === pin));
	const probe = await deps.probeOf?.(entry.id);
	const decision = await ui.review({
		...{ serverName: entry.name, launch, origin, surface, supply, credentials, removed, before: entry },
		tools: reviewsOf(deps, { name: entry.name, launch }, surface, entry.tools),
		others: deps.registry.all().filter(({ id }) => id !== entry.id),
		...(probe !== undefined && { probe }),
		...(deps.principalOf !== undefined && { principal: deps.principalOf(entry.id) }),
		...(showDifference && { showDifference }),
	});
	// What is guarded has the launch that it has; another version is another server.
	if (decision === undefined || decision === 'pin') {
		return false;
	}
	const after = reviewedEntry(deps, entry, listed, decision);
	const put = await deps.registry.put(after, { expected: entry.revision });
	if (put.kind === 'problem') {
		ui.error(`The review of “${name}” is not kept: ${quoteForPerson(put.problem, 500)}`);
		return false;
	}
	deps.onReviewed?.(entry, after);
	ui.info(`“${name}” was reviewed: ${counted(after.tools.length, 'tool')} admitted.`);
	return true;
}
