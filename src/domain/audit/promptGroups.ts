import { isCalm } from '../approval/hourReach';
import { type AuditRecord } from './auditRecord';

/** What persons were asked about again and again: one tool under one rule. Names are attacker-controlled. */
export interface PromptGroup {
	readonly server: string;
	readonly tool: string;
	readonly capability: string;
	readonly prompts: number;
	readonly allowed: number;
	/** Answered by a no; dismissed and timed out ones are neither. */
	readonly denied: number;
	/**
	 * What can be done about it. `keep`: some were denied, or what it does is risky, so that it should go on asking. `remember`: one
	 * answer for an hour or a session covers what does the same.
	 */
	readonly advice: 'keep' | 'remember';
	/** The newest of its entries. */
	readonly latest: AuditRecord;
}

/** Outcomes of questions that were put to a person: no remembered yes or no. */
const ASKED: ReadonlySet<string> = new Set(
	'allowed-once allowed-session allowed-hour allowed-workspace denied dismissed timeout too-long-to-show'.split(' '),
);

/** Groups the questions among these entries, most first. Those of identical calls that shared one question count once. Pure. */
export function promptGroups(entries: readonly AuditRecord[]): readonly PromptGroup[] {
	const groups = new Map<string, PromptGroup>();
	for (const entry of entries) {
		const { kind, approval, server, tool, capability, verdict } = entry;
		const asked = kind === 'call' && approval !== undefined && approval.joined === undefined;
		if (!asked || !ASKED.has(approval.outcome) || server === undefined || tool === undefined) {
			continue;
		}
		const key = JSON.stringify([server.id, tool, capability, verdict?.rule?.id]);
		const known = groups.get(key);
		const allowed = (known?.allowed ?? 0) + Number(approval.outcome.startsWith('allowed-'));
		const denied = (known?.denied ?? 0) + Number(approval.outcome === 'denied');
		groups.set(key, {
			...{ server: server.name, tool, capability: capability ?? 'unknown', allowed, denied },
			prompts: (known?.prompts ?? 0) + 1,
			advice: denied === 0 && allowed > 0 && isCalm(capability ?? 'unknown') ? 'remember' : 'keep',
			latest: known === undefined || entry.at > known.latest.at ? entry : known.latest,
		});
	}
	return [...groups.values()].sort((a, b) => b.prompts - a.prompts);
}
