import { type Inventory } from '../domain/registry/inventory';
import { coverageSentence } from './coverageText';
import { say, sayCount } from './say';

/** What the status bar item tells of. */
export interface StatusFacts {
	/** Every server that is known of, as far as it counts. */
	readonly inventory: Inventory;
	readonly waiting: number;
	readonly stopped: boolean;
	readonly policyBroken: boolean;
	/** The registry of guarded servers cannot be read. */
	readonly registryBroken: boolean;
	/** The workspace is not trusted: nothing is started. */
	readonly restricted: boolean;
}

/** What it shows: text with one icon, a sentence for tooltip and screen reader, and how loud it is. */
export interface StatusLook {
	readonly text: string;
	readonly state: string;
	readonly level: 'error' | 'warning' | 'plain';
}

/** The gravest first: what refuses every call, what waits, what is not guarded. Texts are ours alone. */
export function statusLook(facts: StatusFacts): StatusLook {
	const { stopped, policyBroken, registryBroken, restricted, waiting, inventory } = facts;
	if (stopped) {
		return look('error', '$(stop-circle)', say('MCP stopped'), say('Stopped: every call is refused.'));
	}
	if (policyBroken) {
		const state = say('The policy has an error: every call is refused.');
		return look('error', '$(error)', say('MCP policy error'), state);
	}
	if (registryBroken) {
		const state = say('The list of guarded servers cannot be read: every call is refused.');
		return look('error', '$(error)', say('MCP registry error'), state);
	}
	const { guarded, total } = inventory;
	const share = say('{0}/{1} guarded', guarded, total);
	const open = guarded < total;
	if (waiting > 0) {
		const text = say('MCP {0} waiting', waiting);
		const state = sayCount(
			waiting,
			'{0} call waits for your answer. Click to give it.',
			'{0} calls wait for your answer. Click to give it.',
		);
		return look(
			'warning',
			'$(bell-dot)',
			open ? `${text} · ${share}` : text,
			`${state} ${coverageSentence(inventory)}`,
		);
	}
	if (restricted) {
		const state = say('Restricted workspace: no guarded server is started before you trust it.');
		return look(
			'plain',
			'$(workspace-untrusted)',
			say('MCP restricted'),
			`${state} ${coverageSentence(inventory)}`,
		);
	}
	if (total === 0) {
		return look('plain', '$(shield)', 'MCP', coverageSentence(inventory));
	}
	const icon = open ? '$(unlock)' : '$(shield)';
	return look(open ? 'warning' : 'plain', icon, `MCP ${share}`, coverageSentence(inventory));
}

function look(level: StatusLook['level'], icon: string, text: string, state: string): StatusLook {
	return { level, text: `${icon} ${text}`, state };
}
