import { type ServerEntry } from '../domain/registry/serverEntry';
import { type GuardDeps } from './guardPorts';
import { mayStart } from './guardServers';
import { listForReview, reviewsOf } from './listForReview';
import { reviewedEntry } from './reviewedEntry';
import { folderOf } from './mcpFiles';
import { quoteForPerson } from './quote';

/**
 * "Review Server…": lists the tools of a guarded server anew, shows what is new, changed or gone against the pins, and pins
 * what the person admits. Also the way back for a suspended or revoked server. Gives true when something was accepted.
 */
export async function reviewServer(deps: GuardDeps, folders: readonly string[], serverId?: string): Promise<boolean> {
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
	return entry !== undefined && (await reviewEntry(deps, folders, entry));
}

async function reviewEntry(deps: GuardDeps, folders: readonly string[], entry: ServerEntry): Promise<boolean> {
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
	const decision = await ui.review({
		...{ serverName: entry.name, launch, origin, surface, supply, credentials, removed, before: entry },
		tools: reviewsOf(deps, { name: entry.name, launch }, surface, entry.tools),
		others: deps.registry.all().filter(({ id }) => id !== entry.id),
	});
	if (decision === undefined) {
		return false;
	}
	const put = await deps.registry.put(reviewedEntry(deps, entry, listed, decision));
	if (put.kind === 'problem') {
		ui.error(`The review of “${name}” is not kept: ${quoteForPerson(put.problem, 500)}`);
		return false;
	}
	ui.info(`“${name}” was reviewed: ${decision.tools.filter(({ admitted }) => admitted).length} tools are admitted.`);
	return true;
}
