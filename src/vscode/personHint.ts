import { hintFor, RULE_REFUSES } from '../firewall/refusal';
import { say } from './say';

/** What refused, in one sentence for a person: the agent's, but for what only tells the agent to leave it to the person. */
export function whatRefused(reason: string): string {
	return ownWords(reason)?.what ?? say(hintFor(reason));
}

/** The same, and how a person changes that, where nothing else they are shown says so. */
export function personHint(reason: string): string {
	const own = ownWords(reason);
	return own === undefined ? say(hintFor(reason)) : [own.what, ...(own.way === undefined ? [] : [own.way])].join(' ');
}

interface OwnWords {
	readonly what: string;
	/** Absent where there is nothing to change, or the sentence says it. */
	readonly way?: string;
}

function ownWords(reason: string): OwnWords | undefined {
	switch (reason) {
		case 'policy_default_deny':
			return {
				what: say('This is outside of what the policy allows.'),
				way: say('To change that, add a rule for it: “MCP Firewall: Open Policy”.'),
			};
		case 'badge_missing':
			return { what: say('The policy asks this server to prove who it is, and it has not.'), way: identityWay() };
		case 'trust_insufficient':
			return { what: say('The policy asks for more trust than this server has.'), way: identityWay() };
		case 'tool_not_allowed':
			return { what: say('The policy does not let this tool run.'), way: identityWay() };
		case 'issuer_untrusted':
			return {
				what: say('The policy asks this server to prove who it is, and you do not trust who says so.'),
			};
		case 'server_identity_failed':
			return {
				what: say(
					'The identity of this server failed a check that no honest server fails, so nothing goes there.',
				),
				way: say('You can look at it with “MCP Firewall: Review Server…”.'),
			};
		case 'tool_suspended':
			return {
				what: say(
					'This tool was refused several times with changed arguments, or with all that waited, so it rests until the window is reloaded or you let it go on.',
				),
				way: say('To let it go on: “MCP Firewall: Manage Grants…”.'),
			};
		case 'approval_denied':
			return { what: say('You said no.') };
		case 'approval_denied_before':
			return {
				what: say('You said no to this very call in this session.'),
				way: say('To be asked again, take that answer back: “MCP Firewall: Manage Grants…”.'),
			};
		case 'approval_flood':
			return { what: say('Too many calls wait for a person already.') };
		case 'approval_too_long_to_show':
			return { what: say('The arguments are too long to be shown in full, so nobody was asked.') };
		case 'input_rounds':
			return { what: say('The server asks for input again and again.') };
		default:
			return hintFor(reason) === RULE_REFUSES ? ruleWords() : undefined;
	}
}

function identityWay(): string {
	return say('To change that, edit what the policy’s section `identity` asks for: “MCP Firewall: Open Policy”.');
}

function ruleWords(): OwnWords {
	return {
		what: say('A rule of the policy refuses this.'),
		way: say(
			'To change that, edit the named rule: “MCP Firewall: Open Policy”. A rule in a file of your organisation is changed by whoever looks after this machine.',
		),
	};
}
