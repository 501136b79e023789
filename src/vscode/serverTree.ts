import { type Principal } from '../domain/identity/principal';
import { capabilityMeaning } from '../domain/policy/knownCapabilities';
import { hasSideEffects } from '../domain/policy/sideEffects';
import { describeLaunch } from '../domain/registry/launch';
import { type ServerEntry } from '../domain/registry/serverEntry';
import { type LastUse, type LastUses } from './lastUses';
import { type TrustState } from '../shared/trustProtocol';
import { commandIds } from './contributions';
import { quoteForLabel, quoteForPerson } from './quote';
import { manageTrust, restrictedReason } from './restrictedWorkspace';
import { say, sayCount } from './say';
import { keptOffText, type Standing, type StandingFacts, standingOf } from './serverStanding';
import { agoText } from './timeText';
import { type TreeNode } from './treeNode';
import { identityLine, trustStateOf } from './trustCardText';
import { type UnguardedServer } from './unguardedServers';
import { statusReasonText } from './statusReasonText';

/** What the view of servers is made of. */
export interface ServerTreeFacts extends StandingFacts {
	/** All that are registered. */
	readonly entries: readonly ServerEntry[];
	readonly uses: Pick<LastUses, 'of' | 'ofTemplate' | 'ofServer'>;
	readonly unguarded: readonly UnguardedServer[];
	/** True in a workspace that is not trusted. */
	readonly restricted?: boolean;
	/** Who a server is, as far as this window knows; undefined where nobody looks. */
	readonly identityOf?: (entry: ServerEntry) => Principal | undefined;
	/** Milliseconds since 1970. */
	readonly now: number;
}

/** Days after which something that is not used is said to be unused. */
export const UNUSED_DAYS = 30;
const DAY_MS = 24 * 3_600_000;

/**
 * The nodes of the view of servers: guarded ones first, as they were added, then those that nobody guards. In a restricted workspace
 * the way to trust stands above them; an empty view says that itself.
 */
export function serverTree(facts: ServerTreeFacts): readonly TreeNode[] {
	const servers = [...facts.entries.map(entry => serverNode(entry, facts)), ...facts.unguarded.map(unguardedNode)];
	return facts.restricted === true && servers.length > 0 ? [restrictedNode(), ...servers] : servers;
}

/** How many servers of this window wait for a review; the number on the view. */
export function reviewsDue(facts: Pick<ServerTreeFacts, 'entries' | 'isHere' | 'hasDrifted'>): number {
	return facts.entries.filter(
		entry => facts.isHere(entry) && standingOf(entry, { ...facts, stopped: false }).needsReview,
	).length;
}

function serverNode(entry: ServerEntry, facts: ServerTreeFacts): TreeNode {
	const { id, launch, tools, statusReason } = entry;
	const name = quoteForLabel(entry.name, 60);
	const standing = standingOf(entry, facts);
	const used = usedText(facts.uses.ofServer(entry.name), entry, facts.now);
	const description = `${standing.text} · ${sayCount(tools.length, '{0} tool', '{0} tools')} · ${used}`;
	const principal = facts.identityOf?.(entry);
	const notListed = facts.notListed?.(entry);
	const keptOff = facts.keptOff?.(entry);
	const tooltip = [
		quoteForPerson(entry.name, 60),
		`${standing.text}${statusReason === undefined ? '' : `: ${quoteForPerson(statusReasonText(statusReason), 200)}`}`,
		...(notListed === undefined ? [] : [notListed]),
		...(keptOff === undefined ? [] : [keptOffText(keptOff)]),
		quoteForPerson(describeLaunch(launch), 300),
		say('From {0}', quoteForPerson(entry.origin.file, 300)),
		say(
			'Reviewed {0} by {1}; owner {2}',
			agoText(Date.parse(entry.reviewedAt), facts.now),
			quoteForPerson(entry.reviewedBy, 60),
			quoteForPerson(entry.owner, 60),
		),
		say('May be sent data up to: {0}', entry.ceiling),
		...(principal === undefined ? [] : [say('Identity: {0}', identityLine(principal))]),
	].join('\n');
	return {
		...{ key: `server ${id}`, label: name, description, tooltip, icon: standing.icon },
		...(standing.color !== undefined && { color: standing.color }),
		accessible: say('Guarded server {0}, {1}', name, description),
		context: `server ${standing.word} ${launch.kind}`,
		target: { kind: 'server', serverId: id },
		children: () => groupNodes(entry, standing, facts),
	};
}

function groupNodes(entry: ServerEntry, standing: Standing, facts: ServerTreeFacts): readonly TreeNode[] {
	const { prompts, resourceTemplates } = entry.surface;
	const principal = facts.identityOf?.(entry);
	return [
		principal && identityNode(entry, principal),
		group(entry, say('Tools'), 'tools', entry.tools.length, () =>
			entry.tools.map(pin => toolNode(entry, pin, standing, facts)),
		),
		group(entry, say('Prompts'), 'comment', prompts.length, () =>
			prompts.map(({ key }) =>
				itemNode(entry, 'prompt', key, facts.uses.of(entry.name, 'prompt', key), standing, facts),
			),
		),
		group(entry, say('Resources'), 'files', resourceTemplates.length, () =>
			resourceTemplates.map(({ key }) =>
				itemNode(entry, 'resource', key, facts.uses.ofTemplate(entry.name, key), standing, facts),
			),
		),
	].flatMap(node => node ?? []);
}

/** Only what failed stands out, and only what is verified is green. */
const IDENTITY_ICONS: Readonly<Record<TrustState, { readonly icon: string; readonly color?: string }>> = {
	verified: { icon: 'verified', color: 'testing.iconPassed' },
	declared: { icon: 'account' },
	none: { icon: 'circle-outline' },
	checking: { icon: 'loading' },
	failed: { icon: 'error', color: 'list.errorForeground' },
};

function identityNode({ id }: ServerEntry, principal: Principal): TreeNode {
	const line = identityLine(principal);
	const did = principal.did === undefined ? [] : [quoteForPerson(principal.did, 200)];
	const issuer = principal.issuer === undefined ? [] : [say('Issuer: {0}', quoteForPerson(principal.issuer, 200))];
	return {
		...{ key: `identity ${id}`, label: say('Identity: {0}', line), description: '' },
		tooltip: [say('Identity: {0}', line), ...did, ...issuer].join('\n'),
		accessible: say('Identity: {0}. Opens the trust card.', line),
		...IDENTITY_ICONS[trustStateOf(principal)],
		context: `identity ${trustStateOf(principal)}`,
		target: { kind: 'identity', serverId: id },
		opens: { command: commandIds.showTrustCard, title: say('Show Trust Card') },
	};
}

function group(
	{ id }: ServerEntry,
	label: string,
	icon: string,
	count: number,
	children: () => readonly TreeNode[],
): TreeNode | undefined {
	return count === 0
		? undefined
		: {
				...{ key: `group ${id} ${icon}`, label, icon, description: String(count), tooltip: label },
				accessible: `${label}, ${String(count)}`,
				...{ context: 'group', target: { kind: 'group', serverId: id }, children },
				...(icon === 'tools' && { expanded: true as const }),
			};
}

function toolNode(
	entry: ServerEntry,
	{ name: tool, capability }: ServerEntry['tools'][number],
	standing: Standing,
	facts: ServerTreeFacts,
): TreeNode {
	const meaning = capabilityMeaning(capability);
	const node = itemNode(entry, 'tool', tool, facts.uses.of(entry.name, 'tool', tool), standing, facts, capability);
	return {
		...node,
		icon: node.icon === 'pass' && hasSideEffects(capability) ? 'edit' : node.icon,
		tooltip: [node.tooltip, ...(meaning === undefined ? [] : [say(meaning)])].join('\n'),
	};
}

function itemNode(
	entry: ServerEntry,
	kind: 'tool' | 'prompt' | 'resource',
	name: string,
	use: LastUse | undefined,
	standing: Standing,
	facts: ServerTreeFacts,
	capability?: string,
): TreeNode {
	const label = quoteForLabel(name, 100);
	const admitted = standing.word === 'approved' || standing.word === 'drifted';
	const status = admitted ? say('approved') : say('refused: {0}', standing.text);
	const used = usedText(use, entry, facts.now);
	const does = capability === undefined ? [] : [capability];
	// A narrow view cuts the end off; that it is admitted, the icon says too.
	const description = (admitted ? [...does, status, used] : [status, ...does, used]).join(' · ');
	return {
		...{ key: `${kind} ${entry.id} ${name}`, label, description },
		tooltip: `${quoteForPerson(name, 200)}\n${description}`,
		accessible: `${kindText(kind)} ${label}, ${description}`,
		...(admitted ? { icon: 'pass', color: 'testing.iconPassed' } : { icon: standing.icon }),
		context: `${kind} ${admitted ? 'admitted' : 'refused'}${use === undefined ? '' : ' used'}`,
		target: { kind, serverId: entry.id, name },
	};
}

function kindText(kind: 'tool' | 'prompt' | 'resource'): string {
	return kind === 'tool' ? say('Tool') : kind === 'prompt' ? say('Prompt') : say('Resource');
}

/** When something was last used: what nobody needs is a way in for nothing (capability sprawl). */
function usedText(use: LastUse | undefined, { reviewedAt }: ServerEntry, now: number): string {
	const days = Math.floor((now - (use?.at ?? Date.parse(reviewedAt))) / DAY_MS);
	if (use === undefined) {
		return days >= UNUSED_DAYS
			? sayCount(days, 'never used in {0} day', 'never used in {0} days')
			: say('never used');
	}
	return days >= UNUSED_DAYS
		? sayCount(days, 'unused for {0} day', 'unused for {0} days')
		: say('used {0}', agoText(use.at, now));
}

function restrictedNode(): TreeNode {
	const [label, description] = [say('Restricted workspace'), say('nothing is started here')];
	return {
		...{ key: 'restricted', label, description, icon: 'workspace-untrusted', color: 'list.warningForeground' },
		...{ tooltip: restrictedReason(), accessible: `${label}, ${description}. ${manageTrust().title}` },
		...{ context: 'restricted', target: { kind: 'restricted' }, opens: manageTrust() },
	};
}

function unguardedNode({ key, name, id, files, place, why }: UnguardedServer): TreeNode {
	const label = quoteForLabel(name, 60);
	const [file = ''] = files;
	const shown = quoteForLabel(place, 120);
	const places =
		files.length > 1
			? sayCount(files.length - 1, '{1} and {0} other file', '{1} and {0} other files', shown)
			: shown;
	const description = `${id === undefined ? say('cannot be guarded') : say('not guarded')} · ${places}`;
	const tooltip = [
		quoteForPerson(name, 60),
		say('Nobody stands between this server and its client.'),
		...(why === undefined ? [] : [quoteForPerson(say(why), 300)]),
		...files.map(each => quoteForPerson(each, 300)),
	].join('\n');
	return {
		...{ key: `unguarded ${key}`, label, description, icon: 'unlock', color: 'list.warningForeground', tooltip },
		accessible: say('Server {0}, {1}', label, description),
		context: id === undefined ? 'unsupported' : 'unguarded',
		target: { kind: 'unguarded', file, ...(id !== undefined && { id }) },
	};
}
