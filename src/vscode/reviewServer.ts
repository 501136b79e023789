import { placeToOpen } from '../domain/registry/originPlaces';
import { type ServerEntry } from '../domain/registry/serverEntry';
import { type GuardDeps } from './guardPorts';
import { mayStart } from './guardServers';
import { listForReview, reviewsOf } from './listForReview';
import { reviewedEntry } from './reviewedEntry';
import { folderOf } from './mcpFiles';
import { problemText } from './problemText';
import { quoteForPerson } from './quote';
import { say, sayCount } from './say';
import { statusReasonText } from './statusReasonText';

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
		ui.info(say('No server is guarded.'));
		return false;
	}
	const entry =
		serverId === undefined
			? await ui.pickEntry(registry.all(), say('Review which server?'))
			: registry.find(serverId);
	if (entry === undefined) {
		if (serverId !== undefined) {
			ui.error(say('This server is not guarded any more.'));
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
	const why =
		statusReason === undefined
			? ''
			: `${say('It was revoked: {0}.', quoteForPerson(statusReasonText(statusReason), 300))} `;
	const detail = `${why}${say('To review it, it is started once. It stays revoked unless you approve it again.')}`;
	return ui.confirm(
		say('“{0}” is revoked. Review it all the same?', quoteForPerson(name, 60)),
		detail,
		say('Review'),
	);
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
			say(
				'“{0}” belongs to another folder. Open it to review the server: {1}',
				name,
				quoteForPerson(placeToOpen(entry.origin), 300),
			),
		);
		return false;
	}
	const { launch } = entry;
	const values = await deps.secrets.load(entry.id);
	const listed = await listForReview(deps, {
		id: entry.id,
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
		ui.error(say('The review of “{0}” is not kept: {1}', name, quoteForPerson(problemText(put.problem), 500)));
		return false;
	}
	deps.onReviewed?.(entry, after);
	ui.info(
		sayCount(
			after.tools.length,
			'“{1}” was reviewed: {0} tool admitted.',
			'“{1}” was reviewed: {0} tools admitted.',
			name,
		),
	);
	return true;
}
