import * as vscode from 'vscode';
import { type GrantBook } from '../firewall/ports';
import { commandIds, SHOW_DIFFERENCE, type treeCommandIds } from './contributions';
import { type DetailDocuments } from './detailDocuments';
import { grantRuleDocument } from './grantText';
import { type GuardDeps } from './guardPorts';
import { type LastUse } from './lastUses';
import { quoteForPerson } from './quote';
import { say } from './say';
import { isTreeNode, serverArgument, type TreeTarget } from './treeNode';
import { type TreeViews } from './treeViews';
import { stopGuarding } from './undoGuard';

/** What the actions of the tree reach. */
export interface TreeCommandContext {
	readonly guard: GuardDeps;
	readonly grants: GrantBook;
	readonly documents: DetailDocuments;
	readonly tree: TreeViews;
	readonly openPanel: (entryId?: string) => Promise<void>;
	/** Shows the last probe of a server; false where there is none. */
	readonly showProbe: (serverId: string) => Promise<boolean>;
}

type Action = (argument: unknown) => Promise<unknown>;

/** What each action of the tree does. The map is exhaustive; each gets the node that it was chosen at. */
export function treeActions(deps: TreeCommandContext): Readonly<Record<keyof typeof treeCommandIds, Action>> {
	const run = async (command: string, ...args: readonly unknown[]): Promise<unknown> =>
		vscode.commands.executeCommand(command, ...args);
	const forServer =
		(command: string): Action =>
		node =>
			run(command, serverArgument(node));
	return {
		treeReview: forServer(commandIds.reviewServer),
		treeShowDifference: node => run(commandIds.reviewServer, serverArgument(node), SHOW_DIFFERENCE),
		treeProbe: forServer(commandIds.probeServer),
		treeShowTrustCard: forServer(commandIds.showTrustCard),
		treeTryToolCall: node => {
			const target = targetOf(node);
			return run(commandIds.tryToolCall, serverArgument(node), target?.kind === 'tool' ? target.name : undefined);
		},
		treeCopyLaunch: forServer(commandIds.copyLaunch),
		treeSuspend: forServer(commandIds.suspendServer),
		treeResume: forServer(commandIds.resumeServer),
		treeRevoke: forServer(commandIds.revokeServer),
		treeStopGuarding: node => stopAfterAsking(deps, serverArgument(node)),
		treeGuard: node => guardThis(targetOf(node)),
		treeOpenOrigin: node => openOrigin(deps, node),
		treeShowInPanel: node => deps.openPanel(lastUseOf(deps, node)?.entryId),
		treeShowProbe: node => showProbe(deps, serverArgument(node)),
		treeRevokeGrant: node => revokeAnswer(deps, targetOf(node)),
		treeShowGrantRule: node => showGrantRule(deps, targetOf(node)),
		treeRotateCredential: node => manageCredential(targetOf(node), 'rotate'),
		treeRevokeCredential: node => manageCredential(targetOf(node), 'revoke'),
		treeRefresh: () => deps.tree.refresh(),
	};
}

function targetOf(node: unknown): TreeTarget | undefined {
	return isTreeNode(node) ? node.target : undefined;
}

async function stopAfterAsking({ guard }: TreeCommandContext, serverId: string | undefined): Promise<void> {
	const entry = serverId === undefined ? undefined : guard.registry.find(serverId);
	if (entry === undefined) {
		return;
	}
	const detail = say(
		'It is put back into {0}, and nothing stands in front of it any more.',
		quoteForPerson(entry.origin.file, 300),
	);
	if (
		await guard.ui.confirm(
			say('Stop guarding “{0}”?', quoteForPerson(entry.name, 60)),
			detail,
			say('Stop Guarding'),
		)
	) {
		await stopGuarding(guard, entry);
	}
}

async function guardThis(target: TreeTarget | undefined): Promise<void> {
	if (target?.kind === 'unguarded' && target.id !== undefined) {
		await vscode.commands.executeCommand(commandIds.guardServers, [target.id]);
	}
}

async function openOrigin({ guard }: TreeCommandContext, node: unknown): Promise<void> {
	const target = targetOf(node);
	const id = serverArgument(node);
	const file =
		target?.kind === 'unguarded'
			? target.file
			: id === undefined
				? undefined
				: guard.registry.find(id)?.origin.file;
	if (file !== undefined) {
		await vscode.window.showTextDocument(vscode.Uri.file(file), { preview: true });
	}
}

function lastUseOf({ guard, tree }: TreeCommandContext, node: unknown): LastUse | undefined {
	const target = targetOf(node);
	const id = serverArgument(node);
	const name = id === undefined ? undefined : guard.registry.find(id)?.name;
	if (target === undefined || name === undefined) {
		return undefined;
	}
	switch (target.kind) {
		case 'tool':
		case 'prompt':
			return tree.uses.of(name, target.kind, target.name);
		case 'resource':
			return tree.uses.ofTemplate(name, target.name);
		case 'server':
		case 'group':
		case 'identity':
		case 'credential':
		case 'grant':
		case 'unguarded':
		case 'restricted':
			return tree.uses.ofServer(name);
	}
}

async function showProbe(deps: TreeCommandContext, serverId: string | undefined): Promise<void> {
	if (serverId !== undefined && !(await deps.showProbe(serverId))) {
		deps.guard.ui.info(say('This server was not probed yet. “Probe Server…” runs it and shows what it does.'));
	}
}

async function revokeAnswer({ grants, guard }: TreeCommandContext, target: TreeTarget | undefined): Promise<void> {
	if (target?.kind !== 'grant' || (await grants.revoke(target.id))) {
		return;
	}
	// It may have ended meanwhile, and then all is well.
	if ((await grants.list()).some(({ id }) => id === target.id)) {
		guard.ui.error(
			say(
				'MCP Firewall: this answer could not be taken back, so it still holds. "MCP Firewall: Stop All Guarded Servers" refuses every call.',
			),
		);
	}
}

async function showGrantRule({ grants, documents }: TreeCommandContext, target: TreeTarget | undefined): Promise<void> {
	const answer = target?.kind === 'grant' ? (await grants.list()).find(({ id }) => id === target.id) : undefined;
	if (answer?.kind === 'grant') {
		const uri = documents.add('grant.yaml', grantRuleDocument(answer.rule));
		await vscode.window.showTextDocument(uri, { preview: true });
	}
}

async function manageCredential(target: TreeTarget | undefined, action: 'rotate' | 'revoke'): Promise<void> {
	if (target?.kind === 'credential') {
		const { serverId, of, name } = target;
		await vscode.commands.executeCommand(commandIds.manageCredentials, serverId, of, name, action);
	}
}
