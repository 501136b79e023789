import * as vscode from 'vscode';
import { type Clock } from '../base/clock';
import { type Disposable } from '../base/disposable';
import { type AuditEntry } from '../domain/audit/auditRecord';
import { type AuditView } from '../shared/auditLink';
import { type Journal } from '../storage/journal';
import { quoteForLabel } from './quote';
import { say, sayCount } from './say';
import { clockText } from './timeText';

/** Sessions of this window that are offered, newest first. */
const MAX_SESSIONS = 20;

interface KnownSession {
	readonly id: string;
	readonly server: string;
	readonly client: string;
	readonly began: number;
	calls: number;
}

/** The sessions that this window has seen since it opened: what its agents did in this workspace. */
export class WindowSessions implements Disposable {
	private readonly sessions = new Map<string, KnownSession>();
	private readonly subscription: Disposable;

	constructor(onDidAppend: Journal['onDidAppend']) {
		this.subscription = onDidAppend(entry => {
			this.note(entry);
		});
	}

	/** Newest first. */
	newest(): readonly KnownSession[] {
		return [...this.sessions.values()].reverse();
	}

	dispose(): void {
		this.subscription.dispose();
	}

	private note({ session, server, client, at, kind }: AuditEntry): void {
		if (session === undefined || server === undefined) {
			return;
		}
		const known = this.sessions.get(session);
		if (known !== undefined) {
			known.calls += kind === 'call' ? 1 : 0;
			return;
		}
		this.sessions.set(session, {
			...{ id: session, server: server.name, client: client?.name ?? say('a client'), began: Date.parse(at) },
			calls: kind === 'call' ? 1 : 0,
		});
		const oldest = this.sessions.keys().next();
		if (this.sessions.size > MAX_SESSIONS && oldest.done !== true) {
			this.sessions.delete(oldest.value);
		}
	}
}

/** "Open Audit View…": the views that are asked for most, and the sessions of this window as stories. Undefined where none is chosen. */
export async function chooseAuditView(sessions: WindowSessions, clock: Clock): Promise<AuditView | undefined> {
	const now = clock.now();
	const midnight = new Date(now);
	midnight.setHours(0, 0, 0, 0);
	const today = { from: midnight.toISOString() };
	const views: readonly (vscode.QuickPickItem & { readonly view?: AuditView })[] = [
		{ label: `$(circle-slash) ${say('Refusals Today')}`, view: { filter: { verdict: 'refused', ...today } } },
		{
			label: `$(question) ${say('Questions to You Today')}`,
			view: { filter: { verdict: 'require_approval', ...today } },
		},
		{ label: `$(warning) ${say('Findings')}`, view: { filter: { findings: true } } },
		{ label: `$(quote) ${say('Quoted Answers')}`, view: { filter: { verdict: 'quarantined' } } },
		{ label: `$(list-unordered) ${say('Everything Today')}`, view: { filter: today } },
		{ label: `$(history) ${say('Events: Servers, Policy, Trail')}`, view: { filter: { kind: 'events' } } },
		{ label: say('Sessions of this window'), kind: vscode.QuickPickItemKind.Separator },
		...sessions.newest().map(({ id, server, client, began, calls }) => ({
			label: `$(comment-discussion) ${quoteForLabel(server, 60)}`,
			description: sayCount(
				calls,
				'{1} · since {2} · {0} call',
				'{1} · since {2} · {0} calls',
				quoteForLabel(client, 60),
				clockText(began, now),
			),
			view: { filter: {}, session: id },
		})),
	];
	const chosen = await vscode.window.showQuickPick(views, {
		title: say('Open Audit View'),
		placeHolder: say('What do you want to see?'),
		matchOnDescription: true,
	});
	return chosen?.view;
}
