import { type RememberedAnswer } from '../domain/approval/grant';
import { ALL_TOOLS } from '../domain/policy/noteCall';
import { reachText } from './offerText';
import { quoteForLabel } from './quote';
import { say, sayCount } from './say';
import { agoText, clockText, remainingText } from './timeText';

/** One row of "Manage Grants…": plain text, without icons, so that a screen reader says all of it. */
export interface AnswerRow {
	readonly label: string;
	readonly description: string;
	readonly detail: string;
}

/** Tools that rest come first, because they refuse whatever else is remembered of them; then newest first, whatever kind it is. */
export function newestFirst(answers: readonly RememberedAnswer[]): readonly RememberedAnswer[] {
	const rests = ({ kind }: RememberedAnswer) => Number(kind === 'suspension');
	return answers.toSorted((a, b) => rests(b) - rests(a) || sinceOf(b) - sinceOf(a));
}

/**
 * An answer as a row; `uses` is how often this window saw the grant let a call go. Names are quoted. Milliseconds since 1970.
 */
export function answerRow(answer: RememberedAnswer, now: number, uses: number): AnswerRow {
	switch (answer.kind) {
		case 'grant': {
			const { scope, binding, reach, expiresAt, madeAt } = answer.grant;
			const end =
				expiresAt === undefined
					? say('until the session ends')
					: expiresAt <= now
						? say('expired')
						: say('expires in {0}', remainingText(expiresAt - now));
			const used =
				uses === 0
					? say('not used in this window')
					: sayCount(uses, 'used {0} time in this window', 'used {0} times in this window');
			return {
				label: say('Allowed: {0}', toolLabel(binding.serverName, binding.tool)),
				description: `${say(scope)} · ${end} · ${used}`,
				detail: label(
					expiresAt === undefined
						? say('{0} · made {1}', capitalised(reachText(reach)), agoText(madeAt, now))
						: say(
								'{0} · made {1}, ends {2}',
								capitalised(reachText(reach)),
								agoText(madeAt, now),
								clockText(expiresAt, now),
							),
				),
			};
		}
		case 'denial': {
			const { serverName, tool, deniedAt } = answer.denial;
			return {
				label: say('Denied: {0}', toolLabel(serverName, tool)),
				description: say('session · until the session ends'),
				detail: say(
					'One call with its arguments is refused without a question · denied {0}',
					agoText(deniedAt, now),
				),
			};
		}
		case 'suspension': {
			const { serverName, tool, since } = answer.suspension;
			return {
				label: say('Rests: {0}', toolLabel(serverName, tool)),
				description: say('window · until the window is reloaded'),
				detail:
					tool === ALL_TOOLS
						? say('Every call of this server is refused · since {0}', clockText(since, now))
						: say('Every call of this tool is refused · since {0}', clockText(since, now)),
			};
		}
	}
}

/** What taking an answer back does, as the button says it. */
export function revokeTitle({ kind }: RememberedAnswer): string {
	const titles: Readonly<Record<RememberedAnswer['kind'], string>> = {
		grant: say('Revoke: the next such call asks again'),
		denial: say('Forget: the next such call asks again'),
		suspension: say('Wake the tool: its calls are judged again'),
	};
	return titles[kind];
}

/** The rule that a grant amounts to, as a document of its own. */
export function grantRuleDocument(rule: string): string {
	return say(
		'# What this grant amounts to, as a rule. The grant itself ends by itself and holds nothing else.\n{0}',
		rule,
	);
}

/**
 * The entry of a rule, to be put below an `allow:` that is there already: a second `allow:` would break the policy. Comments
 * stay.
 */
export function ruleEntry(rule: string): string {
	return rule
		.split('\n')
		.filter(line => line !== 'allow:')
		.join('\n');
}

function toolLabel(server: string, tool: string): string {
	return `${quoteForLabel(server, 60)}/${quoteForLabel(tool, 80)}`;
}

/** Text of ours with quoted parts, for a list: VS Code makes icons of `$(name)` there. */
function label(text: string): string {
	return quoteForLabel(text, 600);
}

function capitalised(text: string): string {
	return text.charAt(0).toUpperCase() + text.slice(1);
}

function sinceOf(answer: RememberedAnswer): number {
	return answer.kind === 'grant'
		? answer.grant.madeAt
		: answer.kind === 'denial'
			? answer.denial.deniedAt
			: answer.suspension.since;
}
